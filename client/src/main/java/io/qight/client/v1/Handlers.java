package io.qight.client.v1;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;
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

    private final Executor executor;
    private final int concurrency;
    private final int inARow;
    private final Handler handler;
    private final Deque<Handed> waiting = new ArrayDeque<>();
    private int tasks;
    private int running;
    private boolean stopped;

    /**
     * @param inARow how many one task hands out, before others that share the executor get their
     *     turn
     */
    Handlers(Executor executor, int concurrency, int inARow, Handler handler) {
        this.executor = executor;
        this.concurrency = concurrency;
        this.inARow = inARow;
        this.handler = handler;
    }

    void add(Handed delivery) {
        synchronized (this) {
            if (stopped) {
                return;
            }
            waiting.add(delivery);
            if (tasks == concurrency) {
                return;
            }
            tasks++;
        }
        executor.execute(this::run);
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
        for (int i = 0; i < inARow; i++) {
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
