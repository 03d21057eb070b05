package io.qight.wire.v0;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.qight.wire.ErrorCode;
import io.qight.wire.MessageEnvelope;
import io.qight.wire.ProtocolException;
import io.qight.wire.Vectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

final class EnvelopeCodecFuzzTest {
    private static final ByteBufAllocator ALLOCATOR = new UnpooledByteBufAllocator(false);

    @MethodSource("seeds")
    @FuzzTest
    void bytesAreAnEnvelopeOrRefused(byte[] bytes) {
        MessageEnvelope envelope;
        try {
            EnvelopeCodec.inspect(Unpooled.wrappedBuffer(bytes));
            envelope = EnvelopeCodec.decode(Unpooled.wrappedBuffer(bytes));
        } catch (ProtocolException e) {
            assertThat(e.code()).isEqualTo(ErrorCode.MALFORMED_ENVELOPE);
            return;
        }
        assertThat(EnvelopeCodec.encode(envelope, ALLOCATOR))
                .isEqualTo(Unpooled.wrappedBuffer(bytes));
    }

    static Stream<byte[]> seeds() {
        return Vectors.seeds("v0-envelopes.txt", "v0-refused.txt", "envelope"::equals);
    }
}
