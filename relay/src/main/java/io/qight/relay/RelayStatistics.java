package io.qight.relay;

import io.qight.store.StoreStatistics;
import io.qight.wire.ErrorCode;
import java.time.Duration;
import java.util.Map;

/**
 * A relay now.
 *
 * @param ready whether it can store envelopes
 * @param uptime how long it has run
 * @param store what waits, and how envelopes came and went
 * @param appendedPerSecond envelopes stored a second, over the last minute
 * @param removedPerSecond envelopes that left a second, over the last minute
 * @param refusals refused requests since the start, by code
 * @param connections connections open now
 * @param budgetHeldBytes bytes held for connections now
 * @param budgetHighestBytes no less than the most that was ever held
 * @param budgetCapacityBytes what may be held
 * @param budgetWaiting reservations that wait for room
 */
public record RelayStatistics(
        boolean ready,
        Duration uptime,
        StoreStatistics store,
        double appendedPerSecond,
        double removedPerSecond,
        Map<ErrorCode, Long> refusals,
        int connections,
        long budgetHeldBytes,
        long budgetHighestBytes,
        long budgetCapacityBytes,
        int budgetWaiting) {
    /** Copies the map. */
    public RelayStatistics {
        refusals = Map.copyOf(refusals);
    }
}
