package io.qight.relay.delivery;

import io.qight.wire.v1.Ranges;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * A set of numbers that mostly follow each other, kept as ranges; a range may be very long. Belongs
 * to one thread.
 */
public final class NumberSet {
    /** A tree of its own only once there is a range: most sets stay empty. */
    private NavigableMap<Long, Long> lastByFirst = Collections.emptyNavigableMap();

    static NumberSet of(Ranges ranges) {
        NumberSet set = new NumberSet();
        ranges.list().forEach(range -> set.add(range.first(), range.last()));
        return set;
    }

    void add(long number) {
        add(number, number);
    }

    /** Puts in all from the first to the last. */
    public void add(long first, long last) {
        long from = first;
        long to = last;
        Map.Entry<Long, Long> below = lastByFirst.floorEntry(first);
        if (below != null && below.getValue() >= first - 1) {
            from = below.getKey();
            to = Math.max(to, below.getValue());
        }
        Map.Entry<Long, Long> next = lastByFirst.higherEntry(from);
        while (next != null && next.getKey() <= to + 1) {
            to = Math.max(to, next.getValue());
            lastByFirst.remove(next.getKey());
            next = lastByFirst.higherEntry(from);
        }
        if (!(lastByFirst instanceof TreeMap)) {
            lastByFirst = new TreeMap<>();
        }
        lastByFirst.put(from, to);
    }

    void remove(long number) {
        remove(number, number);
    }

    /** Takes out all from the first to the last. */
    public void remove(long first, long last) {
        Map.Entry<Long, Long> at = lastByFirst.floorEntry(last);
        while (at != null && at.getValue() >= first) {
            lastByFirst.remove(at.getKey());
            if (at.getValue() > last) {
                lastByFirst.put(last + 1, at.getValue());
            }
            if (at.getKey() < first) {
                lastByFirst.put(at.getKey(), first - 1);
            }
            at = lastByFirst.lowerEntry(at.getKey());
        }
    }

    /** Whether it is in the set. */
    public boolean contains(long number) {
        Map.Entry<Long, Long> below = lastByFirst.floorEntry(number);
        return below != null && below.getValue() >= number;
    }

    /** The highest number such that all between {@code after} and it are in the set. */
    long stepOver(long after) {
        Map.Entry<Long, Long> below = lastByFirst.floorEntry(after + 1);
        return below == null ? after : Math.max(after, below.getValue());
    }

    /** The last number before the next one in the set above {@code after}. */
    long limit(long after) {
        Long next = lastByFirst.higherKey(after);
        return next == null ? Long.MAX_VALUE : next - 1;
    }

    /** What is in both. */
    NumberSet intersect(NumberSet other) {
        NumberSet both = new NumberSet();
        for (Map.Entry<Long, Long> range : other.lastByFirst.entrySet()) {
            Map.Entry<Long, Long> at = lastByFirst.floorEntry(range.getValue());
            while (at != null && at.getValue() >= range.getKey()) {
                both.add(
                        Math.max(at.getKey(), range.getKey()),
                        Math.min(at.getValue(), range.getValue()));
                at = lastByFirst.lowerEntry(at.getKey());
            }
        }
        return both;
    }

    void addAll(NumberSet other) {
        other.lastByFirst.forEach(this::add);
    }

    void removeAll(NumberSet other) {
        other.lastByFirst.forEach(this::remove);
    }

    /** The highest of them; it is not empty. */
    long last() {
        return lastByFirst.lastEntry().getValue();
    }

    /** How many ranges it has. */
    int size() {
        return lastByFirst.size();
    }

    boolean isEmpty() {
        return lastByFirst.isEmpty();
    }

    /** All of them in pieces that a frame may carry, lowest first. */
    List<Ranges> ranges() {
        List<Ranges> pieces = new ArrayList<>();
        List<Ranges.Range> piece = new ArrayList<>();
        for (Map.Entry<Long, Long> range : lastByFirst.entrySet()) {
            piece.add(new Ranges.Range(range.getKey(), range.getValue()));
            if (piece.size() == Ranges.RANGES_MAX) {
                pieces.add(new Ranges(piece));
                piece.clear();
            }
        }
        if (!piece.isEmpty()) {
            pieces.add(new Ranges(piece));
        }
        return pieces;
    }

    @Override
    public String toString() {
        return lastByFirst.toString();
    }
}
