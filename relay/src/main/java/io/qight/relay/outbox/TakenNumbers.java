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

    /** First and last number of each range but the highest; they neither overlap nor touch. */
    private final TreeMap<Long, Long> ranges = new TreeMap<>();

    /** The highest range, to which nearly every number comes next; empty if nothing was taken. */
    private long highestFirst = 1;

    private long highest;

    /** Those that the store knows. */
    TakenNumbers(List<OutboxState.Range> taken) {
        for (OutboxState.Range range : taken) {
            begin(range.first());
            highest = range.last();
        }
        forgetLow();
    }

    Known of(long number) {
        if (number <= highest - WINDOW) {
            return Known.TOO_LOW;
        } else if (number >= highestFirst) {
            return number <= highest ? Known.TAKEN : Known.FREE;
        }
        Map.Entry<Long, Long> range = ranges.floorEntry(number);
        return range != null && range.getValue() >= number ? Known.TAKEN : Known.FREE;
    }

    void take(long number) {
        if (number > highest) {
            begin(number);
            highest = number;
            forgetLow();
        } else if (of(number) == Known.FREE) {
            fill(number);
        }
    }

    /** How many ranges are kept. */
    int ranges() {
        return ranges.size() + (isEmpty() ? 0 : 1);
    }

    private boolean isEmpty() {
        return highest < highestFirst;
    }

    /**
     * The highest range goes on with this number, or gives its place to one that begins with it.
     */
    private void begin(long number) {
        if (number == highest + 1 && !isEmpty()) {
            return;
        }
        if (!isEmpty()) {
            ranges.put(highestFirst, highest);
        }
        highestFirst = number;
    }

    /** One that is free below the highest range. */
    private void fill(long number) {
        Map.Entry<Long, Long> below = ranges.floorEntry(number);
        long first = number;
        if (below != null && below.getValue() == number - 1) {
            first = below.getKey();
            ranges.remove(first);
        }
        if (number + 1 == highestFirst) {
            highestFirst = first;
        } else {
            Long above = ranges.remove(number + 1);
            ranges.put(first, above == null ? number : above);
        }
    }

    private void forgetLow() {
        while (!ranges.isEmpty() && ranges.firstEntry().getValue() <= highest - WINDOW) {
            ranges.pollFirstEntry();
        }
    }
}
