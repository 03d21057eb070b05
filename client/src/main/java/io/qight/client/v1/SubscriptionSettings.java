package io.qight.client.v1;

import io.qight.wire.v1.Mode;

/**
 * What a subscription asks for.
 *
 * @param mode whether it shares its mailboxes
 * @param leaseMillis how long a delivery is to be leased
 * @param creditEnvelopes how many deliveries it will hold, up to {@value #CREDIT_ENVELOPES_MAX}
 * @param creditBytes how many bytes of envelopes in them
 * @param keepMillis for how long after its arrival a delivery's lease is extended; 0 if never
 */
public record SubscriptionSettings(
        Mode mode, long leaseMillis, long creditEnvelopes, long creditBytes, long keepMillis) {
    /** So that all that is held, and as many acks without answer, can be listed by HOLD. */
    public static final int CREDIT_ENVELOPES_MAX = 30_000;
}
