package io.qight.client.v1;

import java.util.function.DoubleSupplier;

/**
 * How long to wait before the next try: twice as long each time, up to a bound, less up to half of
 * it by chance, so that many clients do not come at once.
 *
 * @param firstMillis the wait after the first failure
 * @param maxMillis the longest wait
 * @param chance gives 0 to 1
 */
public record Backoff(long firstMillis, long maxMillis, DoubleSupplier chance) {
    private static final int DOUBLINGS_MAX = 30;

    /** The wait after so many failures in a row, 1 or more; at least 1 ms. */
    public long millis(int failures) {
        int doublings = Math.min(failures - 1, DOUBLINGS_MAX);
        long whole = firstMillis > maxMillis >> doublings ? maxMillis : firstMillis << doublings;
        return Math.max(1, whole - (long) (chance.getAsDouble() * whole / 2));
    }

    /** A wait that was asked for, and up to as much again by chance as the first wait is long. */
    public long askedMillis(long millis) {
        return millis + (long) (chance.getAsDouble() * firstMillis);
    }
}
