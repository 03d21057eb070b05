package io.qight.client.v1;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * In which order what was not sent, or stands refused on the stream, goes out: as accepted, but
 * what goes to a mailbox that refuses waits in a {@link Lane} until that is tried again.
 */
final class Lanes {
    private final Backoff backoff;

    /** What waits for nothing but the window. */
    private final Set<OutboxEntry> fresh = new LinkedHashSet<>();

    private final Map<String, Lane> lanes = new HashMap<>();

    private final TreeSet<Lane> waiting =
            new TreeSet<>(
                    Comparator.<Lane>comparingLong(lane -> lane.retryMillis)
                            .thenComparing(lane -> lane.mailbox));

    /** Those whose mailbox takes envelopes again. */
    private final Set<Lane> open = new LinkedHashSet<>();

    private int refusedCount;

    Lanes(Backoff backoff) {
        this.backoff = backoff;
    }

    void add(OutboxEntry entry) {
        fresh.add(entry);
    }

    /** How many stand refused. */
    int refusedCount() {
        return refusedCount;
    }

    boolean standsRefused(OutboxEntry entry) {
        Lane lane = lanes.get(entry.mailbox());
        return lane != null && lane.refused.get(entry.number) == entry;
    }

    /** When a mailbox is to be tried again; {@link Long#MAX_VALUE} if never. */
    long dueMillis() {
        return waiting.isEmpty() ? Long.MAX_VALUE : waiting.first().retryMillis;
    }

    /** What is to be sent next, which stays where it is; null if nothing is now. */
    @Nullable OutboxEntry peek(long now) {
        while (!waiting.isEmpty() && waiting.first().retryMillis <= now) {
            OutboxEntry lowest = waiting.first().lowest();
            if (lowest != null) {
                return lowest;
            }
            drop(waiting.first());
        }
        while (!open.isEmpty()) {
            Lane lane = open.iterator().next();
            OutboxEntry lowest = lane.lowest();
            if (lowest != null) {
                return lowest;
            }
            drop(lane);
        }
        while (!fresh.isEmpty()) {
            OutboxEntry first = fresh.iterator().next();
            Lane lane = lanes.isEmpty() ? null : lanes.get(first.mailbox());
            if (lane == null) {
                return first;
            }
            fresh.remove(first);
            lane.fresh.add(first);
            if (open.contains(lane)) {
                return first;
            }
        }
        return null;
    }

    /** What {@link #peek} gave was sent. */
    void sent(OutboxEntry entry) {
        Lane lane = lanes.get(entry.mailbox());
        if (lane == null) {
            fresh.remove(entry);
            return;
        }
        take(lane, entry);
        if (waiting.remove(lane)) {
            lane.probe = entry;
        }
    }

    /** Its receipt says that it stands refused, if it was not given up meanwhile. */
    void refused(OutboxEntry entry, long afterMillis, long now) {
        Lane lane = lanes.computeIfAbsent(entry.mailbox(), Lane::new);
        boolean first = open.remove(lane) || lane.isEmpty();
        if (!entry.settled) {
            lane.refused.put(entry.number, entry);
            refusedCount++;
        }
        if (first || lane.probe == entry) {
            lane.probe = null;
            lane.failures++;
            waiting.remove(lane);
            lane.retryMillis =
                    now + Math.max(backoff.askedMillis(afterMillis), backoff.millis(lane.failures));
            waiting.add(lane);
        }
    }

    /** Its receipt says something else. */
    void passed(OutboxEntry entry) {
        Lane lane = lanes.isEmpty() ? null : lanes.get(entry.mailbox());
        if (lane != null && lane.probe == entry) {
            lane.probe = null;
            lane.failures = 0;
            open.add(lane);
        }
    }

    /** It is not sent (again). */
    void forget(OutboxEntry entry) {
        fresh.remove(entry);
        Lane lane = lanes.get(entry.mailbox());
        if (lane != null) {
            take(lane, entry);
        }
    }

    /**
     * The stream is gone, and nothing stands refused any more.
     *
     * @return what did
     */
    List<OutboxEntry> dissolve() {
        List<OutboxEntry> refused = new ArrayList<>();
        List<OutboxEntry> unsent = new ArrayList<>();
        for (Lane lane : lanes.values()) {
            refused.addAll(lane.refused.values());
            unsent.addAll(lane.fresh);
        }
        if (!unsent.isEmpty()) {
            unsent.addAll(fresh);
            unsent.sort(Comparator.comparingLong(entry -> entry.order));
            fresh.clear();
            fresh.addAll(unsent);
        }
        lanes.clear();
        waiting.clear();
        open.clear();
        refusedCount = 0;
        return refused;
    }

    private void take(Lane lane, OutboxEntry entry) {
        if (lane.refused.remove(entry.number, entry)) {
            refusedCount--;
        }
        lane.fresh.remove(entry);
    }

    private void drop(Lane lane) {
        waiting.remove(lane);
        open.remove(lane);
        lanes.remove(lane.mailbox);
    }
}
