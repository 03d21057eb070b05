package io.qight.store.embedded;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Lets commits in between the slices of work beside the writer: rests after a slice as long as the
 * slice took, unless somebody waits for the work. Any thread.
 */
final class Pace {
    private static final long REST_NANOS_MAX = TimeUnit.MILLISECONDS.toNanos(20);

    private final boolean resting;
    private final AtomicInteger hurrying = new AtomicInteger();

    Pace(boolean resting) {
        this.resting = resting;
    }

    /** Begins or ends a time in which nobody rests. */
    void hurry(boolean begin) {
        hurrying.addAndGet(begin ? 1 : -1);
    }

    /** Rests after the slice that began at a time of {@link System#nanoTime}. */
    void rest(long startNanos) {
        if (resting && hurrying.get() == 0) {
            LockSupport.parkNanos(Math.min(REST_NANOS_MAX, System.nanoTime() - startNanos));
        }
    }
}
