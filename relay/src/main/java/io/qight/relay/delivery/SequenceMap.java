package io.qight.relay.delivery;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What is known of single envelopes of a mailbox, by sequence. Of most mailboxes nothing ever is,
 * and there may be very many of them: then it is no more than this object. Belongs to one thread.
 */
final class SequenceMap<V> {
    private Map<Long, V> entries = Map.of();

    @Nullable V get(long sequence) {
        return entries.get(sequence);
    }

    boolean contains(long sequence) {
        return entries.containsKey(sequence);
    }

    void put(long sequence, V value) {
        if (!(entries instanceof HashMap)) {
            entries = new HashMap<>();
        }
        entries.put(sequence, value);
    }

    /** Gives what was there. */
    @Nullable V remove(long sequence) {
        return entries.isEmpty() ? null : entries.remove(sequence);
    }

    /** Forgets those of which this holds. */
    void removeIf(Predicate<V> over) {
        if (!entries.isEmpty()) {
            entries.values().removeIf(over);
        }
    }

    int size() {
        return entries.size();
    }

    boolean isEmpty() {
        return entries.isEmpty();
    }

    /** All that are there now. */
    Collection<V> values() {
        return entries.values();
    }
}
