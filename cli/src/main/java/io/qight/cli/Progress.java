package io.qight.cli;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** One line on standard error that tells how far things are, if somebody sits there to read it. */
final class Progress {
    private static final long EVERY_MILLIS = 200;

    /** Back to the beginning of the line, and clear it. */
    private static final String CLEAR = "\r\u001b[K";

    private final Supplier<String> text;
    private final ScheduledExecutorService clock =
            Executors.newSingleThreadScheduledExecutor(task -> {
                Thread thread = new Thread(task, "qight-progress");
                thread.setDaemon(true);
                return thread;
            });

    private boolean over;

    private Progress(Supplier<String> text) {
        this.text = text;
    }

    /** Tells it again and again, until the end. */
    static Progress start(Supplier<String> text) {
        Progress progress = new Progress(text);
        if (Terminal.errors()) {
            progress.clock.scheduleAtFixedRate(
                    progress::tell, EVERY_MILLIS, EVERY_MILLIS, TimeUnit.MILLISECONDS);
        }
        return progress;
    }

    /** Makes room for another line. */
    static void clear() {
        if (Terminal.errors()) {
            System.err.print(CLEAR);
        }
    }

    /** Leaves nothing behind. */
    synchronized void end() {
        over = true;
        clock.shutdown();
        clear();
    }

    private synchronized void tell() {
        if (!over) {
            System.err.print(CLEAR + text.get());
        }
    }
}
