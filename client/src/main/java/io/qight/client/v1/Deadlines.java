package io.qight.client.v1;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * When the entries of an outbox are given up, soonest first, and of equals the one that was sent
 * first. Most are tried for the same time and so stand in a line; those that come before the last
 * of it have a tree.
 */
final class Deadlines {
    private static final Comparator<OutboxEntry> SOONEST =
            Comparator.<OutboxEntry>comparingLong(entry -> entry.giveUpMillis)
                    .thenComparingLong(entry -> entry.order);

    private final Set<OutboxEntry> line = new LinkedHashSet<>();
    private final TreeSet<OutboxEntry> tree = new TreeSet<>(SOONEST);
    private long lastMillis;
    private long lastOrder;

    /** Gives an entry this deadline, in place of the one that it had. */
    void put(OutboxEntry entry, long giveUpMillis) {
        if (giveUpMillis == entry.giveUpMillis) {
            return;
        }
        remove(entry);
        entry.giveUpMillis = giveUpMillis;
        if (line.isEmpty() || isBehindLast(entry)) {
            lastMillis = giveUpMillis;
            lastOrder = entry.order;
            line.add(entry);
        } else {
            tree.add(entry);
        }
    }

    private boolean isBehindLast(OutboxEntry entry) {
        return entry.giveUpMillis == lastMillis
                ? entry.order > lastOrder
                : entry.giveUpMillis > lastMillis;
    }

    void remove(OutboxEntry entry) {
        if (!line.remove(entry)) {
            tree.remove(entry);
        }
    }

    boolean isEmpty() {
        return line.isEmpty() && tree.isEmpty();
    }

    /** The one that is given up first; null if there is none. */
    @Nullable OutboxEntry first() {
        if (line.isEmpty()) {
            return tree.isEmpty() ? null : tree.first();
        }
        OutboxEntry first = line.iterator().next();
        return tree.isEmpty() || SOONEST.compare(first, tree.first()) < 0 ? first : tree.first();
    }

    /** All, in the order in which they are given up. */
    List<OutboxEntry> all() {
        List<OutboxEntry> all = new ArrayList<>(line);
        all.addAll(tree);
        all.sort(SOONEST);
        return all;
    }
}
