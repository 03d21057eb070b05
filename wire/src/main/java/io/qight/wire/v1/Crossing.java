package io.qight.wire.v1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.qight.wire.MessageEnvelope;
import io.qight.wire.ProtocolException;
import java.util.Optional;

/**
 * Envelopes that cross from one version to the other: encoded anew, with all that the other version
 * has a place for. What does not fit there gives nothing, and stays for its own version.
 *
 * <p>Buffers that are given are read without moving their reader index; those that are returned are
 * new, and the caller releases them.
 */
public final class Crossing {
    private Crossing() {}

    /** An envelope of version 0 for version 1. */
    public static Optional<ByteBuf> fromVersion0(ByteBuf envelope, ByteBufAllocator allocator) {
        try {
            MessageEnvelope old = io.qight.wire.v0.EnvelopeCodec.decode(envelope.duplicate());
            // In version 1 a time to live of 0 would have a meaning that it has not in version 0.
            return old.ttlMillis() == 0
                    ? Optional.empty()
                    : Optional.of(EnvelopeCodec.encode(old, allocator));
        } catch (ProtocolException e) {
            return Optional.empty();
        }
    }

    /**
     * An envelope of version 1 for version 0, without its headers.
     *
     * @param acceptedSeconds when the relay accepted it, for one that does not say when it was made
     */
    public static Optional<ByteBuf> toVersion0(
            ByteBuf envelope, long acceptedSeconds, ByteBufAllocator allocator) {
        try {
            MessageEnvelope whole = EnvelopeCodec.decode(envelope.duplicate(), acceptedSeconds);
            return whole.ttlMillis() == 0
                    ? Optional.empty()
                    : Optional.of(
                            io.qight.wire.v0.EnvelopeCodec.encode(
                                    withoutHeaders(whole), allocator));
        } catch (ProtocolException e) {
            return Optional.empty();
        }
    }

    private static MessageEnvelope withoutHeaders(MessageEnvelope envelope) {
        return MessageEnvelope.builder()
                .id(envelope.id())
                .sender(envelope.sender())
                .recipient(envelope.recipient())
                .timestampSeconds(envelope.timestampSeconds())
                .ttlMillis(envelope.ttlMillis())
                .payload(envelope.payloadBuffer())
                .build();
    }
}
