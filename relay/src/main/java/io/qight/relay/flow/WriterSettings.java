package io.qight.relay.flow;

import io.qight.relay.access.SenderQuota;
import io.qight.relay.outbox.MailboxQuota;
import io.qight.relay.outbox.OutboxLimits;
import io.qight.store.Durability;

/**
 * What the writer is told of the relay's configuration.
 *
 * @param durability what a commit survives, as receipts tell
 * @param quota what a mailbox may hold
 * @param outboxes how many outboxes are remembered, and how long
 * @param senders what one sender may have waiting
 */
public record WriterSettings(
        Durability durability, MailboxQuota quota, OutboxLimits outboxes, SenderQuota senders) {
    /** The usual ones, for a store that syncs. */
    public static final WriterSettings USUAL =
            new WriterSettings(Durability.FSYNC, MailboxQuota.USUAL, OutboxLimits.USUAL);

    /** Without a limit for a sender. */
    public WriterSettings(Durability durability, MailboxQuota quota, OutboxLimits outboxes) {
        this(durability, quota, outboxes, SenderQuota.NONE);
    }

    /** The durability as protocol version 1 numbers it. */
    public long durabilityNumber() {
        return switch (durability) {
            case FSYNC -> 1;
            case OS -> 2;
            case MEMORY -> 3;
        };
    }
}
