package io.qight.wire.v1;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.qight.wire.ErrorCode;
import io.qight.wire.MailboxName;
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
        EnvelopeHeader header;
        try {
            header = EnvelopeCodec.inspect(Unpooled.wrappedBuffer(bytes));
        } catch (ProtocolException e) {
            assertThat(e.code()).isEqualTo(ErrorCode.MALFORMED_ENVELOPE);
            return;
        }
        MessageEnvelope envelope;
        try {
            envelope = EnvelopeCodec.decode(Unpooled.wrappedBuffer(bytes), 7);
            new MailboxName(header.mailbox());
        } catch (ProtocolException e) {
            assertThat(e.code())
                    .isIn(
                            ErrorCode.MALFORMED_ENVELOPE,
                            ErrorCode.NOT_SUPPORTED,
                            ErrorCode.INVALID_MAILBOX);
            return;
        }
        assertThat(EnvelopeCodec.decode(EnvelopeCodec.encode(envelope, ALLOCATOR), 8))
                .isEqualTo(envelope);
        Crossing.toVersion0(Unpooled.wrappedBuffer(bytes), 7, ALLOCATOR);
    }

    static Stream<byte[]> seeds() {
        return Vectors.seeds(
                "v1-envelopes.txt", "v1-refused.txt", kind -> kind.matches("envelope|body"));
    }
}
