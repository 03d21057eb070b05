package io.qight.relay.delivery;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The mailboxes of which anything is handed out, or which somebody receives from. */
final class Mailboxes {
    private final Map<String, Mailbox> byName = new HashMap<>();

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
            byName.remove(mailbox.name, mailbox);
        }
    }

    /** Forgets what is known of envelopes whose time is over. */
    void forgetExpired(long nowMillis) {
        List<Mailbox> all = new ArrayList<>(byName.values());
        for (Mailbox mailbox : all) {
            mailbox.attempts.values().removeIf(known -> known.deadlineMillis() <= nowMillis);
            forgetIfIdle(mailbox);
        }
    }
}
