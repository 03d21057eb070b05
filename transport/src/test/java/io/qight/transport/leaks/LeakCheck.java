package io.qight.transport.leaks;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.slf4j.LoggerFactory;

/** Fails a test class after which a buffer is found that was not released. Registered for all. */
public final class LeakCheck implements BeforeAllCallback, AfterAllCallback {
    private static final int COLLECTIONS = 3;
    private static final long COLLECTION_MILLIS = 5_000;

    private final List<String> leaks = new CopyOnWriteArrayList<>();

    /** Made once, by JUnit: listens to what Netty's detector says in the log. */
    public LeakCheck() {
        Logger detector = (Logger) LoggerFactory.getLogger(ResourceLeakDetector.class);
        AppenderBase<ILoggingEvent> appender =
                new AppenderBase<>() {
                    @Override
                    protected void append(ILoggingEvent event) {
                        if (event.getFormattedMessage().contains("LEAK")) {
                            leaks.add(event.getFormattedMessage());
                        }
                    }
                };
        appender.setContext(detector.getLoggerContext());
        appender.start();
        detector.addAppender(appender);
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        if (ResourceLeakDetector.getLevel() != ResourceLeakDetector.Level.PARANOID) {
            throw new IllegalStateException("run with -Dio.netty.leakDetection.level=paranoid");
        }
    }

    @Override
    public void afterAll(ExtensionContext context) throws InterruptedException {
        for (int i = 0; i < COLLECTIONS; i++) {
            collect();
            // Leaks are reported when the next buffer is made.
            ByteBufAllocator.DEFAULT.directBuffer(1).release();
        }
        if (!leaks.isEmpty()) {
            List<String> found = List.copyOf(leaks);
            leaks.clear();
            throw new AssertionError("buffers were not released: " + found);
        }
    }

    /** Returns when the garbage of before has been collected. */
    private static void collect() throws InterruptedException {
        ReferenceQueue<Object> queue = new ReferenceQueue<>();
        PhantomReference<Object> garbage = new PhantomReference<>(new Object(), queue);
        try {
            System.gc();
            if (queue.remove(COLLECTION_MILLIS) == null) {
                throw new IllegalStateException("the collector did not run");
            }
        } finally {
            Reference.reachabilityFence(garbage);
        }
    }
}
