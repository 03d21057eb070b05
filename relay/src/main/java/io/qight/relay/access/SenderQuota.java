package io.qight.relay.access;

/**
 * How much one sender may have waiting at the relay, in all mailboxes together, each 1 or more.
 * Counting it takes 16 to 32 bytes of memory for each envelope that waits.
 *
 * @param addressEnvelopesMax envelopes that came from one address; of an IPv6 address the first 64
 *     bits count
 * @param addressBytesMax bytes of them
 * @param outboxEnvelopesMax envelopes of one outbox; version 0 has none
 * @param outboxBytesMax bytes of them
 */
public record SenderQuota(
        long addressEnvelopesMax,
        long addressBytesMax,
        long outboxEnvelopesMax,
        long outboxBytesMax) {
    /** No limit of a count. */
    public static final long UNBOUNDED = Long.MAX_VALUE;

    /** No limits: nothing is counted. */
    public static final SenderQuota NONE =
            new SenderQuota(UNBOUNDED, UNBOUNDED, UNBOUNDED, UNBOUNDED);

    /** Checks the ranges. */
    public SenderQuota {
        if (addressEnvelopesMax < 1
                || addressBytesMax < 1
                || outboxEnvelopesMax < 1
                || outboxBytesMax < 1) {
            throw new IllegalArgumentException(
                    "a sender may have at least 1 envelope waiting, and 1 byte");
        }
    }
}
