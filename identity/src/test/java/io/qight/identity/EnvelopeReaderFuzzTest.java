package io.qight.identity;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.Unpooled;
import io.qight.wire.ErrorCode;
import io.qight.wire.MessageEnvelope;
import io.qight.wire.ProtocolException;
import io.qight.wire.v1.EnvelopeCodec;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever comes, sealed or not, is read or refused, and has no sender that did not sign it. */
final class EnvelopeReaderFuzzTest {
    private static final Identity BOB = Identity.generate(new SecureRandom());
    private static final Identity ALICE = Identity.generate(new SecureRandom());
    private static final ByteBuffer NO_SIGNATURE = ByteBuffer.allocate(0);

    @MethodSource("seeds")
    @FuzzTest
    void bytesAreReadOrRefused(byte[] bytes) {
        read(bytes);
        ByteBuffer clear = EnvelopeCodec.clearHeader(envelope(""), true, false);
        ByteBuffer sealed = Sealing.seal(BOB.key(), clear, ByteBuffer.wrap(bytes));
        if (sealed.remaining() < 1_000_000) {
            read(EnvelopeCodec.join(clear, sealed, NO_SIGNATURE));
        }
    }

    private static void read(byte[] bytes) {
        try {
            OpenedEnvelope opened =
                    new EnvelopeReader(Optional.of(BOB))
                            .read(EnvelopeCodec.parts(Unpooled.wrappedBuffer(bytes)), 7);
            assertThat(opened.authenticity() == Authenticity.VERIFIED)
                    .isEqualTo(opened.envelope().sender().startsWith("key:"));
        } catch (UnreadableEnvelope e) {
            assertThat(e.sentence()).isNotEmpty();
        } catch (ProtocolException e) {
            assertThat(e.code()).isEqualTo(ErrorCode.MALFORMED_ENVELOPE);
        }
    }

    static Stream<byte[]> seeds() throws Exception {
        EnvelopeWriter writer = new EnvelopeWriter(Optional.of(ALICE));
        byte[] both = writer.write(envelope(""), new Protection(true, true, true));
        ByteBuffer clear = EnvelopeCodec.parts(Unpooled.wrappedBuffer(both)).clearHeader();
        ByteBuffer body = EnvelopeCodec.parts(Unpooled.wrappedBuffer(both)).body();
        ByteBuffer content = Sealing.open(BOB, clear, body);
        byte[] opened = new byte[content.remaining()];
        content.get(opened);
        return Stream.of(
                both,
                opened,
                writer.write(envelope(""), new Protection(false, true, false)),
                writer.write(envelope("alice"), Protection.NONE));
    }

    private static MessageEnvelope envelope(String sender) {
        return MessageEnvelope.builder()
                .sender(sender)
                .recipient(BOB.key().address())
                .header("name", "value")
                .payload("payload")
                .build();
    }
}
