package io.qight.client.v1;

import io.qight.wire.v1.Ranges;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Numbers that are to go out as ranges; those that follow each other cost nothing. */
final class NumberSet {
    /** First to last. */
    private final TreeMap<Long, Long> ranges = new TreeMap<>();

    void add(long number) {
        Map.Entry<Long, Long> below = ranges.floorEntry(number);
        if (below != null && below.getValue() >= number) {
            return;
        }
        long first = below != null && below.getValue() == number - 1 ? below.getKey() : number;
        Long above = ranges.remove(number + 1);
        ranges.put(first, above == null ? number : above);
    }

    boolean isEmpty() {
        return ranges.isEmpty();
    }

    void clear() {
        ranges.clear();
    }

    /** Takes out the lowest, as much as one frame carries; there is one at least. */
    Ranges poll() {
        List<Ranges.Range> list = new ArrayList<>();
        while (!ranges.isEmpty() && list.size() < Ranges.RANGES_MAX) {
            Map.Entry<Long, Long> lowest = ranges.pollFirstEntry();
            list.add(new Ranges.Range(lowest.getKey(), lowest.getValue()));
        }
        return new Ranges(list);
    }
}
