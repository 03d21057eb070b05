package io.qight.load;

/**
 * When each send of an open loop is due: number 0 at the start, the others at even distances.
 *
 * @param startNanos as {@link System#nanoTime} counts
 * @param perSecond the rate
 */
public record Schedule(long startNanos, long perSecond) {
    private static final long SECOND_NANOS = 1_000_000_000;

    /** The intended time of a send; the first nanosecond at which it is {@link #due}. */
    public long intendedNanos(long number) {
        long wholeSeconds = number / perSecond;
        long rest = number % perSecond * SECOND_NANOS;
        return startNanos + wholeSeconds * SECOND_NANOS + (rest + perSecond - 1) / perSecond;
    }

    /** How many sends are due by then. */
    public long due(long nanos) {
        long passed = nanos - startNanos;
        if (passed < 0) {
            return 0;
        }
        return passed / SECOND_NANOS * perSecond
                + passed % SECOND_NANOS * perSecond / SECOND_NANOS
                + 1;
    }
}
