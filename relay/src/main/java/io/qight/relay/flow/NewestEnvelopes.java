package io.qight.relay.flow;

import io.qight.store.Operation;
import io.qight.store.Removal;
import io.qight.store.StoredEnvelope;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What one commit put into the mailboxes. */
final class NewestEnvelopes {
    private final Map<String, List<StoredEnvelope>> byMailbox = new LinkedHashMap<>();
    private final Set<String> changed = new HashSet<>();
    private String lastMailbox = "";
    private List<StoredEnvelope> last = List.of();

    /** It was stored under that sequence. */
    void add(Operation.Append append, long sequence) {
        // Envelopes to one mailbox often come together.
        if (!append.mailbox().equals(lastMailbox)) {
            lastMailbox = append.mailbox();
            last = byMailbox.computeIfAbsent(lastMailbox, any -> new ArrayList<>());
        }
        last.add(
                new StoredEnvelope(
                        sequence, append.format(), append.deadlineMillis(), 0, append.bytes()));
    }

    /**
     * It was taken out, or was not there. Whoever hands envelopes out removes what was acked, and
     * sees what is expired; of the rest it has to hear.
     */
    void removed(Operation.Remove remove) {
        if (remove.removal() != Removal.ACKED && remove.removal() != Removal.EXPIRED) {
            changed.add(remove.mailbox());
        }
    }

    /** None where something was taken out: the store knows what is there now. */
    Map<String, List<StoredEnvelope>> byMailbox() {
        changed.forEach(mailbox -> byMailbox.put(mailbox, List.of()));
        return byMailbox;
    }
}
