package io.qight.wire.v1;

import java.util.ArrayList;
import java.util.List;

/**
 * Numbers as ranges in growing order that do not overlap.
 *
 * @param list the ranges
 */
public record Ranges(List<Range> list) {
    /** The most ranges that one frame may carry. */
    public static final int RANGES_MAX = 1024;

    /** Checks the order. */
    public Ranges {
        list = List.copyOf(list);
        long last = -1;
        for (Range range : list) {
            if (range.first <= last) {
                throw new IllegalArgumentException("ranges overlap or go back: " + list);
            }
            last = range.last;
        }
    }

    /** One range. */
    public static Ranges of(long first, long last) {
        return new Ranges(List.of(new Range(first, last)));
    }

    /** The numbers, which are in growing order, in as few ranges as there can be. */
    public static Ranges ofSorted(long[] numbers) {
        List<Range> list = new ArrayList<>();
        int start = 0;
        for (int i = 1; i <= numbers.length; i++) {
            if (i == numbers.length || numbers[i] != numbers[i - 1] + 1) {
                list.add(new Range(numbers[start], numbers[i - 1]));
                start = i;
            }
        }
        return new Ranges(list);
    }

    /** How many numbers. */
    public long size() {
        long size = 0;
        for (Range range : list) {
            size += range.last - range.first + 1;
        }
        return size;
    }

    /** The highest number. */
    public long last() {
        return list.get(list.size() - 1).last;
    }

    /**
     * Numbers that follow each other.
     *
     * @param first the lowest, 1 or more
     * @param last the highest, included
     */
    public record Range(long first, long last) {
        /** Checks the order. */
        public Range {
            if (first < 1 || last < first || last > Varint.MAX) {
                throw new IllegalArgumentException("no range: " + first + " to " + last);
            }
        }
    }
}
