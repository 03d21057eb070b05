package io.qight.cli;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** One line on standard error that tells how far things are, if somebody sits there to read it. */
final class Progress implements AutoCloseable {
    private static final long EVERY_MILLIS = 200;

    /** Back to the beginning of the line, and clear it. */
    private static final String CLEAR = "\r\u001b[K";

    private final ScheduledExecutorService clock =
            Executors.newSingleThreadScheduledExecutor(task -> {
                Thread thread = new Thread(task, "qight-progress");
                thread.setDaemon(true);
                return thread;
            });

    private Progress() {}

    /** Tells it again and again, until it is closed. */
    static Progress start(Supplier<String> text) {
        Progress progress = new Progress();
        if (Terminal.errors()) {
            progress.clock.scheduleAtFixedRate(
                    () -> System.err.print(CLEAR + text.get()),
                    EVERY_MILLIS,
                    EVERY_MILLIS,
                    TimeUnit.MILLISECONDS);
        }
        return progress;
    }

    /** Makes room for another line. */
    static void clear() {
        if (Terminal.errors()) {
            System.err.print(CLEAR);
        }
    }

    @Override
    public void close() throws InterruptedException {
        clock.shutdown();
        clock.awaitTermination(EVERY_MILLIS, TimeUnit.MILLISECONDS);
        clear();
    }
}
