package io.qight.relay.delivery;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.qight.store.StoredEnvelope;
import io.qight.wire.ProtocolException;
import io.qight.wire.v1.Crossing;
import io.qight.wire.v1.EnvelopeCodec;
import java.util.Optional;

/**
 * Stored envelopes in the layout of the version that fetches them. All of them are on the heap and
 * need no release.
 */
final class Forms {
    private static final UnpooledByteBufAllocator HEAP = new UnpooledByteBufAllocator(false);

    private Forms() {}

    /** In version 1's layout, if it has one for this envelope. */
    static Optional<ByteBuf> version1(StoredEnvelope envelope) {
        ByteBuf bytes = Unpooled.wrappedBuffer(envelope.bytes());
        return switch (envelope.format()) {
            case EnvelopeFormat.V0 -> Crossing.fromVersion0(bytes, HEAP);
            case EnvelopeFormat.V1 -> Optional.of(bytes);
            default -> Optional.empty();
        };
    }

    /** The same envelope in version 0's layout, if it has one for it. */
    static Optional<StoredEnvelope> version0(StoredEnvelope envelope) {
        if (envelope.format() == EnvelopeFormat.V0) {
            return Optional.of(envelope);
        }
        if (envelope.format() != EnvelopeFormat.V1) {
            return Optional.empty();
        }
        try {
            ByteBuf bytes = Unpooled.wrappedBuffer(envelope.bytes());
            long ttlMillis = EnvelopeCodec.inspect(bytes.duplicate()).ttlMillis();
            long acceptedSeconds = Math.max(0, envelope.deadlineMillis() - ttlMillis) / 1000;
            return Crossing.toVersion0(bytes, acceptedSeconds, HEAP)
                    .map(crossed ->
                            new StoredEnvelope(
                                    envelope.sequence(),
                                    EnvelopeFormat.V0,
                                    envelope.deadlineMillis(),
                                    envelope.failures(),
                                    crossed.nioBuffer()));
        } catch (ProtocolException e) {
            return Optional.empty();
        }
    }
}
