package io.qight.relay.outbox;

/**
 * How much a mailbox may hold, and how many there may be.
 *
 * @param envelopesMax envelopes that wait, 1 or more; leased ones count
 * @param bytesMax bytes of them, 1 or more
 * @param mailboxesMax mailboxes that hold something, 1 or more
 */
public record MailboxQuota(long envelopesMax, long bytesMax, long mailboxesMax) {
    /** 100,000 envelopes and 256 MiB in each of 1,000,000 mailboxes. */
    public static final MailboxQuota USUAL = new MailboxQuota(100_000, 256 << 20);

    /** With the usual number of mailboxes. */
    public MailboxQuota(long envelopesMax, long bytesMax) {
        this(envelopesMax, bytesMax, 1_000_000);
    }

    /** Checks the ranges. */
    public MailboxQuota {
        if (envelopesMax < 1 || bytesMax < 1 || mailboxesMax < 1) {
            throw new IllegalArgumentException(
                    "there is at least 1 mailbox, for 1 envelope and 1 byte");
        }
    }
}
