package io.qight.relay.outbox;

import io.qight.store.MailboxStatistics;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * What fits into the mailboxes that one batch appends to: what waits there is looked up once, and
 * what the batch adds is counted. What it removes is not.
 */
public final class MailboxRoom {
    private final MailboxQuota quota;
    private final Function<String, Optional<MailboxStatistics>> statistics;
    private final Map<String, Left> left = new HashMap<>();

    /** Envelopes to one mailbox often come together. */
    private String lastMailbox = "";

    private Left last = new Left(0, 0);

    /** Room as it is before the batch. */
    public MailboxRoom(
            MailboxQuota quota, Function<String, Optional<MailboxStatistics>> statistics) {
        this.quota = quota;
        this.statistics = statistics;
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
        return new Left(
                quota.envelopesMax() - waits.map(MailboxStatistics::waiting).orElse(0L),
                quota.bytesMax() - waits.map(MailboxStatistics::waitingBytes).orElse(0L));
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
