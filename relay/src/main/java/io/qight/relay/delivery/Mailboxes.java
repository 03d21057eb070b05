package io.qight.relay.delivery;

import io.qight.store.StoreException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The mailboxes of which anything is handed out, or which somebody receives from. */
final class Mailboxes {
    private static final Logger LOG = LoggerFactory.getLogger(Mailboxes.class);

    private final MailboxReader reader;
    private final Alarms alarms;
    private final Map<String, Mailbox> byName = new HashMap<>();

    Mailboxes(MailboxReader reader, Alarms alarms) {
        this.reader = reader;
        this.alarms = alarms;
    }

    /** What is known of a mailbox, if anything is. */
    Optional<Mailbox> find(String name) {
        return Optional.ofNullable(byName.get(name));
    }

    /** The mailbox, from now on known. */
    Mailbox get(String name) {
        return byName.computeIfAbsent(name, Mailbox::new);
    }

    /** Forgets a mailbox of which nothing is to be known any more. */
    void forgetIfIdle(Mailbox mailbox) {
        if (mailbox.idle()) {
            alarms.cancel(mailbox.stuckEnd);
            byName.remove(mailbox.name, mailbox);
        }
    }

    /** Forgets what is known of envelopes whose time is over, or that are gone. */
    void forgetExpired(long nowMillis) {
        List<Mailbox> all = new ArrayList<>(byName.values());
        for (Mailbox mailbox : all) {
            mailbox.attempts.removeIf(known -> known.deadlineMillis() <= nowMillis);
            if (!mailbox.unfit.isEmpty()) {
                forgetGone(mailbox);
            }
            forgetIfIdle(mailbox);
        }
    }

    private void forgetGone(Mailbox mailbox) {
        try {
            reader.statistics(mailbox.name)
                    .ifPresentOrElse(
                            there -> mailbox.gone(there.firstSequence() - 1),
                            () -> mailbox.gone(mailbox.unfit.last()));
        } catch (StoreException.Damaged | StoreException.Unreadable e) {
            LOG.warn("what is gone from {} is not forgotten yet", mailbox.name, e);
        }
    }

    /** How many are known. */
    int size() {
        return byName.size();
    }

    /** How many ranges of sequences are known. */
    int ranges() {
        return byName.values().stream()
                .mapToInt(mailbox -> mailbox.taken.size() + mailbox.unfit.size())
                .sum();
    }
}
