package io.qight.client.v1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.qight.wire.MessageEnvelope;
import io.qight.wire.ProtocolException;
import io.qight.wire.v1.EnvelopeCodec;

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
     * Encodes it.
     *
     * @throws ProtocolException if no relay would take it
     */
    public static OutgoingEnvelope of(MessageEnvelope envelope) {
        ByteBuf encoded = EnvelopeCodec.encode(envelope, UnpooledByteBufAllocator.DEFAULT);
        byte[] bytes = new byte[encoded.readableBytes()];
        encoded.readBytes(bytes).release();
        return new OutgoingEnvelope(envelope.recipient(), envelope.ttlMillis(), bytes);
    }

    boolean liveOnly() {
        return ttlMillis == 0;
    }
}
