package io.qight.testkit;

/** What all packets of one direction share: a line that takes one after the other. Pure. */
final class RateLimit {
    /** Said of a packet for which there is no room. */
    static final long FULL = -1;

    private static final double NANOS_PER_SECOND = 1e9;

    private long freeAtNanos;

    /**
     * When a packet that arrives now is through, or {@link #FULL}. A packet that finds nothing
     * before it is always taken, whatever its size.
     */
    long throughAtNanos(int sizeBytes, long nowNanos, NetworkConditions conditions) {
        if (conditions.rateBytes() == 0) {
            freeAtNanos = nowNanos;
            return nowNanos;
        }
        double nanosPerByte = NANOS_PER_SECOND / conditions.rateBytes();
        long startNanos = Math.max(freeAtNanos, nowNanos);
        double waitingBytes = (startNanos - nowNanos) / nanosPerByte;
        if (waitingBytes > 0 && waitingBytes + sizeBytes > conditions.queueBytes()) {
            return FULL;
        }
        freeAtNanos = startNanos + (long) (sizeBytes * nanosPerByte);
        return freeAtNanos;
    }
}
