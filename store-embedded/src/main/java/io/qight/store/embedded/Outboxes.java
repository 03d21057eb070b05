package io.qight.store.embedded;

import io.qight.store.OutboxId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The outboxes that are remembered, also in the order of the batches from which the log says all of
 * them, and by whose memory ends first. Guarded by the store's lock.
 */
final class Outboxes {
    /**
     * Says when to look at an outbox; out of date if there is another one for it that is earlier.
     */
    private record Ticket(OutboxId id, long endMillis) {}

    /** Says which batch the log must have for an outbox to be known from it. */
    private record Base(long batch, OutboxId id) {
        static final Comparator<Base> ORDER =
                Comparator.comparingLong(Base::batch)
                        .thenComparingLong(base -> base.id.high())
                        .thenComparingLong(base -> base.id.low());

        static Base of(Outbox outbox) {
            return new Base(outbox.baseBatch(), outbox.id());
        }
    }

    private final Map<OutboxId, Outbox> byId = new HashMap<>();
    private final NavigableSet<Base> bases = new TreeSet<>(Base.ORDER);
    private final PriorityQueue<Ticket> tickets =
            new PriorityQueue<>(Comparator.comparingLong(Ticket::endMillis));
    private final Map<OutboxId, Ticket> current = new HashMap<>();

    int size() {
        return byId.size();
    }

    @Nullable Outbox get(OutboxId id) {
        return byId.get(id);
    }

    /** Puts in an outbox, or puts it in the place of what was known under its id. */
    void put(Outbox outbox) {
        Outbox old = byId.put(outbox.id(), outbox);
        if (old == null || old.baseBatch() != outbox.baseBatch()) {
            if (old != null) {
                bases.remove(Base.of(old));
            }
            bases.add(Base.of(outbox));
        }
        Ticket ticket = current.get(outbox.id());
        if (ticket == null || ticket.endMillis > outbox.endMillis()) {
            ticket(outbox);
        }
    }

    boolean remove(OutboxId id) {
        current.remove(id);
        Outbox old = byId.remove(id);
        return old != null && bases.remove(Base.of(old));
    }

    /** See {@link io.qight.store.MailboxStore#forgettable}. */
    List<OutboxId> forgettable(long nowMillis, int max) {
        List<OutboxId> ended = new ArrayList<>();
        List<Outbox> again = new ArrayList<>();
        while (ended.size() < max) {
            Ticket ticket = tickets.peek();
            if (ticket == null || ticket.endMillis > nowMillis) {
                break;
            }
            tickets.remove();
            if (!current.remove(ticket.id, ticket)) {
                continue;
            }
            Outbox outbox = byId.get(ticket.id);
            if (outbox == null) {
                continue;
            }
            if (outbox.endMillis() <= nowMillis) {
                ended.add(ticket.id);
                again.add(outbox);
            } else {
                ticket(outbox);
            }
        }
        again.forEach(this::ticket);
        return ended;
    }

    /** The outboxes that need a batch at or below this one, at most {@code max}. */
    List<Outbox> needing(long batch, int max) {
        List<Outbox> found = new ArrayList<>();
        for (Base base : bases) {
            if (base.batch > batch || found.size() == max) {
                break;
            }
            found.add(Objects.requireNonNull(byId.get(base.id)));
        }
        return found;
    }

    /** The outboxes' ids, as they are now. */
    List<OutboxId> ids() {
        return new ArrayList<>(byId.keySet());
    }

    private void ticket(Outbox outbox) {
        Ticket ticket = new Ticket(outbox.id(), outbox.endMillis());
        current.put(outbox.id(), ticket);
        tickets.add(ticket);
    }
}
