package io.qight.relay.delivery;

import io.qight.store.StoredEnvelope;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What waits in the mailboxes that somebody receives from: what has just been committed from
 * memory, all else from the store.
 */
final class Tails {
    /** The most mailboxes of which something is kept for a later turn. */
    static final int KEPT_MAX = 64;

    private final MailboxReader reader;

    /** Mailboxes whose tails have grown in this turn. */
    private final Set<Mailbox> grown = new LinkedHashSet<>();

    /** Mailboxes of which something was kept, the one that grew last at the end. */
    private final Set<Mailbox> kept = new LinkedHashSet<>();

    Tails(MailboxReader reader) {
        this.reader = reader;
    }

    /** A commit put these behind all else; if none are given, it changed something else. */
    void arrived(Mailbox mailbox, List<StoredEnvelope> newest) {
        if (newest.isEmpty() || mailbox.claims.isEmpty()) {
            mailbox.tail.forget();
        } else if (mailbox.tail.add(newest)) {
            grown.add(mailbox);
        }
    }

    /**
     * As {@link MailboxReader#read}. What lies behind the limit is of no use to the caller, what
     * was left out before it would be lost; {@link Long#MAX_VALUE} for none.
     */
    List<StoredEnvelope> read(
            Mailbox mailbox, long position, long limit, int envelopesMax, long bytesMax) {
        if (mailbox.tail.covers(position, limit)) {
            return mailbox.tail.read(position, envelopesMax, bytesMax);
        }
        List<StoredEnvelope> found = reader.read(mailbox.name, position, envelopesMax, bytesMax);
        if (found.isEmpty()) {
            mailbox.tail.begin(position);
        }
        return found;
    }

    /** Nobody takes more now: keeps a little of what is left. */
    void endTurn() {
        for (Mailbox mailbox : grown) {
            mailbox.tail.keep();
            kept.remove(mailbox);
            if (!mailbox.tail.isEmpty()) {
                kept.add(mailbox);
            }
        }
        grown.clear();
        if (kept.size() > KEPT_MAX) {
            kept.removeIf(mailbox -> mailbox.tail.isEmpty());
        }
        Iterator<Mailbox> longest = kept.iterator();
        while (kept.size() > KEPT_MAX) {
            longest.next().tail.forget();
            longest.remove();
        }
    }
}
