package io.qight.testkit.promises;

/**
 * What a history takes for granted of the times in it.
 *
 * @param leaseMillis the shortest lease of any delivery
 * @param lateMillis how long after its deadline a delivery may still be recorded. Its way to the
 *     client belongs to it, since the client counts the time left from its arrival
 * @param underwayMillis how long anything is on its way at most: a SEND from when its age was
 *     measured until the relay has it, a DELIVER from when the relay handed it to the transport
 *     until it is recorded. What a receiver keeps in a queue of its own is still on its way
 * @param noticeMillis how much later than the relay a client may notice that its connection was
 *     lost, or its mailbox taken
 * @param failuresMax at how many failures an envelope goes to the dead letters
 */
public record Bounds(
        long leaseMillis,
        long lateMillis,
        long underwayMillis,
        long noticeMillis,
        int failuresMax) {
    /** Checks that none is below 0, and the lease and failures at least 1. */
    public Bounds {
        if (leaseMillis < 1
                || lateMillis < 0
                || underwayMillis < 0
                || noticeMillis < 0
                || failuresMax < 1) {
            throw new IllegalArgumentException("bounds that nothing can keep");
        }
    }

    /**
     * For real processes and a relay as it is by default: leases of 30 s, 1 s late, 10 s under way,
     * 60 s until a loss is noticed, 5 failures.
     */
    public static Bounds defaults() {
        return new Bounds(30_000, 1_000, 10_000, 60_000, 5);
    }
}
