package io.qight.client.v1;

import io.qight.identity.EnvelopeWriter;
import io.qight.identity.Protection;
import io.qight.wire.MessageEnvelope;
import io.qight.wire.ProtocolException;

/**
 * An envelope as it travels: encoded once, however often it is sent.
 *
 * @param mailbox where it goes
 * @param ttlMillis its time to live; 0 if it is live-only
 * @param bytes the envelope, never changed
 */
@SuppressWarnings("ArrayRecordComponent")
public record OutgoingEnvelope(String mailbox, long ttlMillis, byte[] bytes) {
    /**
     * Encodes and protects it.
     *
     * @throws ProtocolException if no relay would take it
     */
    public static OutgoingEnvelope of(
            MessageEnvelope envelope, Protection protection, EnvelopeWriter writer) {
        return new OutgoingEnvelope(
                envelope.recipient(), envelope.ttlMillis(), writer.write(envelope, protection));
    }

    boolean liveOnly() {
        return ttlMillis == 0;
    }
}
