package io.qight.client.v1;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One mailbox's envelopes after the relay has refused one of them for now. The lowest is tried
 * again alone; only when the relay has taken it the others follow, in their order.
 */
final class Lane {
    final String mailbox;

    /** What stands refused on the stream, by number. */
    final TreeMap<Long, OutboxEntry> refused = new TreeMap<>();

    /** What was not sent yet, in order. */
    final Set<OutboxEntry> fresh = new LinkedHashSet<>();

    /** Under way to find out whether the others may follow. */
    @Nullable OutboxEntry probe;

    long retryMillis;
    int failures;

    Lane(String mailbox) {
        this.mailbox = mailbox;
    }

    boolean isEmpty() {
        return refused.isEmpty() && fresh.isEmpty() && probe == null;
    }

    /** What is to be sent next; null if nothing is. */
    @Nullable OutboxEntry lowest() {
        if (!refused.isEmpty()) {
            return refused.firstEntry().getValue();
        }
        return fresh.isEmpty() ? null : fresh.iterator().next();
    }

    void remove(OutboxEntry entry) {
        refused.remove(entry.number, entry);
        fresh.remove(entry);
    }
}
