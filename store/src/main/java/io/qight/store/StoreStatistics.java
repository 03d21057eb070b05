package io.qight.store;

import java.util.Map;

/**
 * The whole store now, and how envelopes came and went since it was opened: {@code found + appended
 * = waiting + all that was removed}, at every moment.
 *
 * @param mailboxes how many mailboxes hold something
 * @param waiting how many envelopes wait
 * @param waitingBytes how many bytes they have
 * @param outboxes how many outboxes are remembered
 * @param mediumBytes how many bytes the store takes on its medium
 * @param found how many envelopes waited when the store was opened
 * @param appended how many were appended since
 * @param removed how many left since, by each way
 */
public record StoreStatistics(
        long mailboxes,
        long waiting,
        long waitingBytes,
        long outboxes,
        long mediumBytes,
        long found,
        long appended,
        Map<Removal, Long> removed) {
    /** Copies the map. */
    public StoreStatistics {
        removed = Map.copyOf(removed);
    }
}
