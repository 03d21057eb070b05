package io.qight.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.qight.wire.v1.EnvelopeCodec;
import io.qight.wire.v1.EnvelopeHeader;
import io.qight.wire.v1.SealedContent;
import io.qight.wire.v1.Varint;
import java.nio.ByteBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Few bytes of an envelope that ask its reader for many: more than an array can have, so that
 * whoever reserves them fails otherwise than by a refusal.
 */
final class MemoryBombAttackTest {
    private static final int REST_BYTES = 1_000;

    private static final MessageEnvelope ENVELOPE =
            MessageEnvelope.builder().recipient("bob").sender("alice").payload("hello").build();

    @ParameterizedTest
    @ValueSource(longs = {Integer.MAX_VALUE, 1L << 31, 1L << 60, (1L << 62) - 1})
    void lengthsAndCountsOfABodyReserveNothing(long many) {
        ByteBuf whole = EnvelopeCodec.encode(ENVELOPE, UnpooledByteBufAllocator.DEFAULT);
        EnvelopeHeader header = EnvelopeCodec.inspect(whole);
        whole.release();
        // The sender; the number of headers; the first one's name; its value.
        for (byte[] before : new byte[][] {{}, {0}, {0, 1}, {0, 1, 1, 'a'}}) {
            assertRefused(() -> EnvelopeCodec.decode(header, followed(many, before), 0));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {Integer.MAX_VALUE, 1L << 31, 1L << 60, (1L << 62) - 1})
    void lengthsOfWhatIsSealedReserveNothing(long many) {
        // The padding; the signature.
        for (byte[] before : new byte[][] {{}, {0}}) {
            assertRefused(() -> SealedContent.read(followed(many, before)));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {Integer.MAX_VALUE, 1L << 31, 1L << 60, Long.MAX_VALUE, -1})
    void lengthsOfVersion0ReserveNothing(long many) {
        ByteBuf encoded =
                io.qight.wire.v0.EnvelopeCodec.encode(ENVELOPE, UnpooledByteBufAllocator.DEFAULT);
        byte[] whole = ByteBufUtil.getBytes(encoded);
        encoded.release();
        int payloadLengthAt = whole.length - "hello".length() - Long.BYTES;
        for (int at : new int[] {0, payloadLengthAt}) {
            ByteBuf bomb = Unpooled.copiedBuffer(whole).setLongLE(at, many);
            assertRefused(() -> io.qight.wire.v0.EnvelopeCodec.decode(bomb));
        }
    }

    private static ByteBuffer followed(long many, byte[] before) {
        ByteBuf bytes = Unpooled.buffer().writeBytes(before);
        Varint.write(many, bytes);
        return bytes.writeZero(REST_BYTES).nioBuffer();
    }

    private static void assertRefused(Runnable read) {
        assertThatExceptionOfType(ProtocolException.class)
                .isThrownBy(read::run)
                .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.MALFORMED_ENVELOPE));
    }
}
