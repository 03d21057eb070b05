package io.qight.load;

import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * Runs an open loop on the calling thread: all that is due is sent, then it sleeps until the next
 * is. What it oversleeps is part of the latency, since that counts from the intended time.
 */
public final class Pacer {
    private final Schedule schedule;
    private final LongSupplier clock;
    private final Due due;

    /** Sends the numbers from the first to before the end, all of them due. */
    @FunctionalInterface
    public interface Due {
        void send(long first, long end);
    }

    /** Nothing is sent yet; {@code clock} counts as {@link System#nanoTime} does. */
    public Pacer(Schedule schedule, LongSupplier clock, Due due) {
        this.schedule = schedule;
        this.clock = clock;
        this.due = due;
    }

    /** Sends what is due before {@code endNanos}, as long as it is to go on. */
    public void run(long endNanos, BooleanSupplier goesOn) {
        long sent = 0;
        while (goesOn.getAsBoolean()) {
            long now = clock.getAsLong();
            // Also when it wakes late: what was due before the end is sent.
            long end = schedule.due(Math.min(now, endNanos - 1));
            if (end > sent) {
                due.send(sent, end);
                sent = end;
            }
            if (now - endNanos >= 0) {
                return;
            }
            long next = Math.min(schedule.intendedNanos(sent), endNanos);
            LockSupport.parkNanos(Math.max(1, next - clock.getAsLong()));
        }
    }
}
