package io.qight.client.v1;

import io.qight.wire.v1.EnvelopeParts;

/**
 * An envelope as it was delivered.
 *
 * @param number its delivery number
 * @param mailbox where it was waiting
 * @param parts the envelope, whose body has not been looked into
 * @param acceptedSeconds about when the relay accepted it, since 1970
 * @param deadlineMillis when its time to live ends; {@link Long#MAX_VALUE} if it is live-only
 * @param deliveries how often it was handed out in this run of the relay, this time included
 * @param failures how often it failed
 */
public record ReceivedEnvelope(
        long number,
        String mailbox,
        EnvelopeParts parts,
        long acceptedSeconds,
        long deadlineMillis,
        long deliveries,
        long failures) {
    /** Whether its time is over, so that it is to be dropped. */
    public boolean late(long now) {
        return now >= deadlineMillis;
    }
}
