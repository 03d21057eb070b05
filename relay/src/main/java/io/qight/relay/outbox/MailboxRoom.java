package io.qight.relay.outbox;

import io.qight.store.MailboxStatistics;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * What fits into the mailboxes that one batch appends to: what waits there is looked up once, and
 * what the batch adds is counted, mailboxes too. What it removes is not.
 */
public final class MailboxRoom {
    private final MailboxQuota quota;
    private final Function<String, Optional<MailboxStatistics>> statistics;
    private final LongSupplier mailboxes;
    private final Map<String, Left> left = new HashMap<>();

    /** Envelopes to one mailbox often come together. */
    private String lastMailbox = "";

    private Left last = new Left(0, 0);

    /** How many more mailboxes there may be; below 0 if that was not asked for yet. */
    private long newMailboxes = -1;

    /**
     * Room as it is before the batch.
     *
     * @param statistics of a mailbox; empty if it holds nothing
     * @param mailboxes how many hold something
     */
    public MailboxRoom(
            MailboxQuota quota,
            Function<String, Optional<MailboxStatistics>> statistics,
            LongSupplier mailboxes) {
        this.quota = quota;
        this.statistics = statistics;
        this.mailboxes = mailboxes;
    }

    /** Takes the room for one envelope of so many bytes, if there is any. */
    public boolean take(String mailbox, long bytes) {
        Left here = mailbox.equals(lastMailbox) ? last : left.computeIfAbsent(mailbox, this::look);
        lastMailbox = mailbox;
        last = here;
        if (here.envelopes < 1 || here.bytes < bytes) {
            return false;
        }
        here.envelopes--;
        here.bytes -= bytes;
        return true;
    }

    private Left look(String mailbox) {
        Optional<MailboxStatistics> waits = statistics.apply(mailbox);
        if (waits.isEmpty() && !takeMailbox()) {
            return new Left(0, 0);
        }
        return new Left(
                quota.envelopesMax() - waits.map(MailboxStatistics::waiting).orElse(0L),
                quota.bytesMax() - waits.map(MailboxStatistics::waitingBytes).orElse(0L));
    }

    private boolean takeMailbox() {
        if (newMailboxes < 0) {
            newMailboxes = Math.max(0, quota.mailboxesMax() - mailboxes.getAsLong());
        }
        if (newMailboxes == 0) {
            return false;
        }
        newMailboxes--;
        return true;
    }

    private static final class Left {
        long envelopes;
        long bytes;

        Left(long envelopes, long bytes) {
            this.envelopes = envelopes;
            this.bytes = bytes;
        }
    }
}
