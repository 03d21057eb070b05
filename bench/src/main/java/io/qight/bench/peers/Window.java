package io.qight.bench.peers;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * How many more may be under way. One thread takes, any thread gives back; it is woken for a part
 * of the window, not for each message, so that clients can send a batch as one.
 */
final class Window {
    /** The part of the window that is worth a wake-up. */
    private static final int PARTS = 64;

    private final AtomicInteger free;
    private final int batch;
    private final AtomicReference<@Nullable Thread> waiting = new AtomicReference<>();

    Window(int size) {
        free = new AtomicInteger(size);
        batch = Math.max(1, size / PARTS);
    }

    /** All that is free, when that is a batch; 0 if it is not until then. */
    int take(long untilNanos) {
        while (free.get() < batch) {
            long left = untilNanos - System.nanoTime();
            if (left <= 0) {
                return 0;
            }
            waiting.set(Thread.currentThread());
            if (free.get() < batch) {
                LockSupport.parkNanos(left);
            }
            waiting.set(null);
        }
        return free.getAndSet(0);
    }

    /** One is no longer under way. */
    void give() {
        if (free.incrementAndGet() >= batch) {
            Thread thread = waiting.getAndSet(null);
            if (thread != null) {
                LockSupport.unpark(thread);
            }
        }
    }
}
