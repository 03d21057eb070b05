package io.qight.store;

import java.util.List;

/**
 * What the store remembers of an outbox. Of the numbers taken these are the {@link #WINDOW} up to
 * the highest; lower ones are not told apart any more.
 *
 * @param id which one
 * @param taken the numbers taken, as ranges in growing order with gaps between them
 * @param usedMillis its last use, in milliseconds since 1970
 * @param rememberMillis how long it is remembered after that
 */
public record OutboxState(OutboxId id, List<Range> taken, long usedMillis, long rememberMillis) {
    /**
     * How many numbers, up to the highest taken, are told apart. An append under a lower one is
     * refused: whether it was stored is not known.
     */
    public static final int WINDOW = 65_536;

    /** Copies the ranges. */
    public OutboxState {
        taken = List.copyOf(taken);
    }

    /** Whether the number was taken. */
    public boolean hasTaken(long number) {
        for (Range range : taken) {
            if (number >= range.first && number <= range.last) {
                return true;
            }
        }
        return false;
    }

    /**
     * Numbers that follow each other.
     *
     * @param first the lowest
     * @param last the highest, included
     */
    public record Range(long first, long last) {}
}
