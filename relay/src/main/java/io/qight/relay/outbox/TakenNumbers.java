package io.qight.relay.outbox;

import io.qight.store.OutboxState;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The numbers of one outbox that were taken, as ranges. Only the last {@link #WINDOW} up to the
 * highest are told apart.
 */
final class TakenNumbers {
    /** How many numbers are told apart. */
    static final long WINDOW = 65_536;

    /** What is known of a number. */
    enum Known {
        /** It was not taken. */
        FREE,
        /** It was taken. */
        TAKEN,
        /** It is too low to be told. */
        TOO_LOW
    }

    /** First and last number of each range; ranges neither overlap nor touch. */
    private final TreeMap<Long, Long> ranges = new TreeMap<>();

    private long highest;

    /** Those that the store knows. */
    TakenNumbers(List<OutboxState.Range> taken) {
        for (OutboxState.Range range : taken) {
            ranges.put(range.first(), range.last());
            highest = Math.max(highest, range.last());
        }
        forgetLow();
    }

    Known of(long number) {
        if (number <= highest - WINDOW) {
            return Known.TOO_LOW;
        }
        Map.Entry<Long, Long> range = ranges.floorEntry(number);
        return range != null && range.getValue() >= number ? Known.TAKEN : Known.FREE;
    }

    void take(long number) {
        if (of(number) != Known.FREE) {
            return;
        }
        Map.Entry<Long, Long> below = ranges.floorEntry(number);
        Long joined = ranges.remove(number + 1);
        boolean joins = below != null && below.getValue() == number - 1;
        ranges.put(joins ? below.getKey() : number, joined == null ? number : joined);
        if (number > highest) {
            highest = number;
            forgetLow();
        }
    }

    /** How many ranges are kept. */
    int ranges() {
        return ranges.size();
    }

    private void forgetLow() {
        Map.Entry<Long, Long> lowest = ranges.firstEntry();
        while (lowest != null && lowest.getValue() <= highest - WINDOW) {
            ranges.remove(lowest.getKey());
            lowest = ranges.firstEntry();
        }
    }
}
