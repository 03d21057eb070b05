package io.qight.store.embedded;

import io.qight.store.OutboxId;
import io.qight.store.OutboxState;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What is known of one outbox. The writer changes a copy of its own, which takes the place of the
 * one that readers see when the commit is durable. Guarded by the store's lock but for that copy.
 */
final class Outbox {
    private final OutboxId id;
    private long usedMillis;
    private long rememberMillis;
    private long baseBatch;
    private long[] ranges;
    private int count;

    /** An outbox with no number taken, from whose {@code baseBatch} on the log says all of it. */
    Outbox(OutboxId id, long usedMillis, long rememberMillis, long baseBatch) {
        this.id = id;
        this.usedMillis = usedMillis;
        this.rememberMillis = rememberMillis;
        this.baseBatch = baseBatch;
        this.ranges = new long[2];
    }

    private Outbox(Outbox other) {
        this(other.id, other.usedMillis, other.rememberMillis, other.baseBatch);
        ranges = Arrays.copyOf(other.ranges, other.ranges.length);
        count = other.count;
    }

    Outbox copy() {
        return new Outbox(this);
    }

    OutboxId id() {
        return id;
    }

    long usedMillis() {
        return usedMillis;
    }

    long rememberMillis() {
        return rememberMillis;
    }

    /** The first batch that is needed to know this outbox. */
    long baseBatch() {
        return baseBatch;
    }

    void baseBatch(long batch) {
        baseBatch = batch;
    }

    /** From when on it may be forgotten. */
    long endMillis() {
        if (rememberMillis <= 0) {
            return usedMillis;
        }
        long end = usedMillis + rememberMillis;
        return end < usedMillis ? Long.MAX_VALUE : end;
    }

    void use(long newUsedMillis, long newRememberMillis) {
        usedMillis = newUsedMillis;
        rememberMillis = newRememberMillis;
    }

    int ranges() {
        return count;
    }

    long firstOf(int range) {
        return ranges[2 * range];
    }

    long lastOf(int range) {
        return ranges[2 * range + 1];
    }

    boolean hasTaken(long number) {
        int range = rangeFrom(number);
        return range >= 0 && number <= lastOf(range);
    }

    /** The highest of the numbers that are not told apart; 0 or less if there is none. */
    long unknownUpTo() {
        return count == 0 ? 0 : lastOf(count - 1) - OutboxState.WINDOW;
    }

    /** Counts numbers as taken; taking them twice changes nothing, nor does what is too low. */
    void take(long first, long last) {
        if (last > unknownUpTo()) {
            join(first, last);
            dropUpTo(unknownUpTo());
        }
    }

    OutboxState state() {
        List<OutboxState.Range> taken = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            taken.add(new OutboxState.Range(firstOf(i), lastOf(i)));
        }
        return new OutboxState(id, taken, usedMillis, rememberMillis);
    }

    private void join(long first, long last) {
        int from = rangeFrom(first);
        if (from < 0 || lastOf(from) < first - 1) {
            from++;
        }
        int to = from;
        long newFirst = first;
        long newLast = last;
        while (to < count && (last == Long.MAX_VALUE || firstOf(to) <= last + 1)) {
            newFirst = Math.min(newFirst, firstOf(to));
            newLast = Math.max(newLast, lastOf(to));
            to++;
        }
        replace(from, to);
        ranges[2 * from] = newFirst;
        ranges[2 * from + 1] = newLast;
    }

    private void dropUpTo(long number) {
        int dropped = 0;
        while (lastOf(dropped) <= number) {
            dropped++;
        }
        count -= dropped;
        System.arraycopy(ranges, 2 * dropped, ranges, 0, 2 * count);
        ranges[0] = Math.max(ranges[0], number + 1);
    }

    /** Makes the ranges between two places into one, not yet filled. */
    private void replace(int from, int to) {
        int newCount = count - (to - from) + 1;
        if (2 * newCount > ranges.length) {
            ranges = Arrays.copyOf(ranges, ranges.length * 2);
        }
        System.arraycopy(ranges, 2 * to, ranges, 2 * from + 2, 2 * (count - to));
        count = newCount;
    }

    /** The last range that begins at or below the number; -1 if there is none. */
    private int rangeFrom(long number) {
        int low = 0;
        int high = count - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (firstOf(middle) <= number) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return high;
    }
}
