package io.qight.client.v1;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Hands deliveries to a handler on an executor, in their order, so many at a time. What waits is
 * bounded by the subscription's credit. Thread-safe.
 */
final class Handlers {
    /** What the handler's results are turned into. */
    interface Handler {
        /** Runs the program's code and answers the delivery, whatever that does. */
        void handle(Handed delivery);

        /** The delivery's time was over before its turn came. */
        void tooLate(Handed delivery);

        /** A handler has come back, though nothing more is to be handed out. */
        void returned();
    }

    /**
     * How long one task hands out, before others that share the executor get their turn. Giving it
     * up costs two threads' switches, and a handler may need less than a microsecond.
     */
    private static final long TURN_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private final Executor executor;
    private final int concurrency;
    private final Handler handler;
    private final Deque<Handed> waiting = new ArrayDeque<>();
    private int tasks;
    private int running;
    private boolean stopped;

    Handlers(Executor executor, int concurrency, Handler handler) {
        this.executor = executor;
        this.concurrency = concurrency;
        this.handler = handler;
    }

    /** Takes a delivery that waits for {@link #start}. */
    synchronized void add(Handed delivery) {
        if (!stopped) {
            waiting.add(delivery);
        }
    }

    /** Has handed out what waits. Once for many, as each may wake a thread. */
    void start() {
        int more;
        synchronized (this) {
            more = Math.min(concurrency - tasks, waiting.size());
            tasks += more;
        }
        for (int i = 0; i < more; i++) {
            executor.execute(this::run);
        }
    }

    /** Takes a delivery out that was not handed out yet; false if it was. */
    synchronized boolean remove(Handed delivery) {
        return waiting.remove(delivery);
    }

    /** Hands out nothing more; what waits is forgotten. */
    synchronized void stop() {
        stopped = true;
        waiting.clear();
    }

    /** Whether no handler is at work. */
    synchronized boolean idle() {
        return running == 0;
    }

    private void run() {
        long start = System.nanoTime();
        while (System.nanoTime() - start < TURN_NANOS) {
            Handed next = next();
            if (next == null) {
                return;
            }
            try {
                if (next.leftMillis() == 0) {
                    handler.tooLate(next);
                } else {
                    handler.handle(next);
                }
            } finally {
                returned();
            }
        }
        executor.execute(this::run);
    }

    private synchronized @Nullable Handed next() {
        Handed next = waiting.poll();
        if (next == null) {
            tasks--;
        } else {
            running++;
        }
        return next;
    }

    private void returned() {
        boolean tell;
        synchronized (this) {
            running--;
            tell = stopped;
        }
        if (tell) {
            handler.returned();
        }
    }
}
