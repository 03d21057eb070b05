package io.qight.relay.outbox;

/**
 * How much a mailbox may hold.
 *
 * @param envelopesMax envelopes that wait, 1 or more; leased ones count
 * @param bytesMax bytes of them, 1 or more
 */
public record MailboxQuota(long envelopesMax, long bytesMax) {
    /** 100,000 envelopes and 256 MiB. */
    public static final MailboxQuota USUAL = new MailboxQuota(100_000, 256 << 20);

    /** Checks the ranges. */
    public MailboxQuota {
        if (envelopesMax < 1 || bytesMax < 1) {
            throw new IllegalArgumentException("a mailbox holds at least 1 envelope and 1 byte");
        }
    }
}
