package io.qight.relay.flow;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The wall clock as it was at the start, carried on by the monotonic one. When the wall clock is
 * set, this one follows by running at most {@value #PERCENT_MAX} percent faster or slower, so that
 * no message's time to live jumps: an hour is made good in about four days.
 *
 * <p>Any thread may read it; one calls {@link #follow()} about once a second.
 */
public final class SlewedClock implements RelayClock {
    /** How much faster or slower than real time it may run, in percent. */
    public static final int PERCENT_MAX = 1;

    /** Within this time an error that is small enough is made good, in milliseconds. */
    private static final double HORIZON_MILLIS = 1000;

    private final LongSupplier wallMillis;
    private final LongSupplier monotonicNanos;
    private volatile Course course;

    /** The system's clocks. */
    public SlewedClock() {
        this(System::currentTimeMillis, System::nanoTime);
    }

    SlewedClock(LongSupplier wallMillis, LongSupplier monotonicNanos) {
        this.wallMillis = wallMillis;
        this.monotonicNanos = monotonicNanos;
        this.course = new Course(monotonicNanos.getAsLong(), wallMillis.getAsLong(), 1);
    }

    @Override
    public long millis() {
        return (long) course.at(monotonicNanos.getAsLong());
    }

    /** Compares with the wall clock and sets how fast this one runs from now on. */
    public synchronized void follow() {
        long nanos = monotonicNanos.getAsLong();
        double here = course.at(nanos);
        double error = wallMillis.getAsLong() - here;
        double limit = PERCENT_MAX / 100.0;
        double rate = 1 + Math.max(-limit, Math.min(limit, error / HORIZON_MILLIS));
        course = new Course(nanos, here, rate);
    }

    /** From a moment on: so many milliseconds for each that the monotonic clock counts. */
    private record Course(long sinceNanos, double sinceMillis, double rate) {
        double at(long nanos) {
            double elapsed = (double) (nanos - sinceNanos) / TimeUnit.MILLISECONDS.toNanos(1);
            return sinceMillis + elapsed * rate;
        }
    }
}
