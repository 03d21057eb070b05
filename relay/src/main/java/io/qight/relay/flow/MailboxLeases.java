package io.qight.relay.flow;

import java.util.Map;
import java.util.TreeMap;

/**
 * What of one mailbox is handed out: stretches of sequences that do not overlap. Whoever comes next
 * steps over a stretch without reading it. Belongs to the dispatcher.
 */
final class MailboxLeases {
    private final TreeMap<Long, Stretch> byFirst = new TreeMap<>();

    /** The highest sequence such that all between {@code after} and it belongs to stretches. */
    long stepOver(long after) {
        long position = after;
        while (true) {
            Map.Entry<Long, Stretch> below = byFirst.floorEntry(position + 1);
            if (below == null || below.getValue().last() <= position) {
                return position;
            }
            position = below.getValue().last();
        }
    }

    /** The last sequence before the next stretch above {@code after}, but at most {@code last}. */
    long limit(long after, long last) {
        Long next = byFirst.higherKey(after);
        return next == null ? last : Math.min(last, next - 1);
    }

    /** Adds a stretch between {@link #stepOver} and {@link #limit}. */
    void add(Stretch stretch) {
        byFirst.put(stretch.first(), stretch);
    }

    /** Takes a stretch away: what still waits of it may be handed out again. */
    void remove(Stretch stretch) {
        byFirst.remove(stretch.first(), stretch);
    }

    /** Whether nothing is handed out. */
    boolean isEmpty() {
        return byFirst.isEmpty();
    }

    /** How many envelopes are handed out. */
    long leased() {
        long leased = 0;
        for (Stretch stretch : byFirst.values()) {
            leased += stretch.size();
        }
        return leased;
    }
}
