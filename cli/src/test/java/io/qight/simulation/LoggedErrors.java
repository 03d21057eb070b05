package io.qight.simulation;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.function.Consumer;
import org.slf4j.LoggerFactory;

/** A relay goes on after a defect of its own and logs it; here that is a failure. */
final class LoggedErrors extends AppenderBase<ILoggingEvent> {
    private static final LoggedErrors INSTANCE = new LoggedErrors();

    /** A world runs on one thread, and other worlds on others. */
    private final ThreadLocal<Consumer<AssertionError>> listener =
            ThreadLocal.withInitial(() -> error -> {});

    private LoggedErrors() {}

    /** Keeps what the relay logs from the console, and looks at it. */
    static void watch() {
        Logger logger = (Logger) LoggerFactory.getLogger("io.qight.relay");
        logger.setAdditive(false);
        logger.setLevel(Level.ERROR);
        logger.addAppender(INSTANCE);
        INSTANCE.start();
    }

    /** Who hears of the errors of this thread; the last one counts. */
    static void tell(Consumer<AssertionError> listener) {
        INSTANCE.listener.set(listener);
    }

    @Override
    protected void append(ILoggingEvent event) {
        // A failing store is what the simulation wants.
        if (!event.getMessage().startsWith("a commit failed")) {
            listener.get()
                    .accept(new AssertionError("the relay logs: " + event.getFormattedMessage()));
        }
    }
}
