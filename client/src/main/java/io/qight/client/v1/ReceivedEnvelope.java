package io.qight.client.v1;

import io.qight.wire.MessageEnvelope;

/**
 * An envelope as it was delivered.
 *
 * @param number its delivery number
 * @param mailbox where it was waiting
 * @param envelope the envelope
 * @param deadlineMillis when its time to live ends; {@link Long#MAX_VALUE} if it is live-only
 * @param deliveries how often it was handed out in this run of the relay, this time included
 * @param failures how often it failed
 */
public record ReceivedEnvelope(
        long number,
        String mailbox,
        MessageEnvelope envelope,
        long deadlineMillis,
        long deliveries,
        long failures) {
    /** Whether its time is over, so that it is to be dropped. */
    public boolean late(long now) {
        return now >= deadlineMillis;
    }
}
