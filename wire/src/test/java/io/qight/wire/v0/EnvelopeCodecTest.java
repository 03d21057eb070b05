package io.qight.wire.v0;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.qight.wire.ErrorCode;
import io.qight.wire.MessageEnvelope;
import io.qight.wire.Perturbed;
import io.qight.wire.Pieces;
import io.qight.wire.ProtocolException;
import io.qight.wire.RandomEnvelopes;
import io.qight.wire.Refused;
import io.qight.wire.Seeded;
import io.qight.wire.Vectors;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class EnvelopeCodecTest {
    private static final String REFUSED = "v0-refused.txt";
    private static final ByteBufAllocator ALLOCATOR = UnpooledByteBufAllocator.DEFAULT;

    @Test
    void goldenCaseIsTheseBytes() {
        MessageEnvelope envelope =
                MessageEnvelope.builder()
                        .id("0e9b1f3a-6a0c-4b57-8d2e-3f1c5a7b9d10")
                        .sender("alice")
                        .recipient("bob")
                        .timestampSeconds(1_760_000_000)
                        .ttlSeconds(3_600)
                        .payload("hi")
                        .build();
        String hex =
                "240000000000000030653962316633612d366130632d346235372d386432"
                        + "652d3366316335613762396431300500000000000000616c696365030000"
                        + "0000000000626f620078e76800000000100e000002000000000000006869";

        assertThat(HexFormat.of().formatHex(encode(envelope))).isEqualTo(hex).hasSize(180);
        assertThat(decode(HexFormat.of().parseHex(hex))).isEqualTo(envelope);
    }

    @ParameterizedTest
    @MethodSource("whole")
    void vectorIsWrittenAndReadAsItStands(Vectors.Case vector) {
        byte[] whole = vector.bytes("whole");
        MessageEnvelope envelope = envelope(vector);

        assertThat(vector.fields()).isEqualTo(whole);
        assertThat(encode(envelope)).isEqualTo(whole);
        assertThat(decode(whole)).isEqualTo(envelope);
    }

    static Stream<Vectors.Case> whole() {
        return Vectors.of("v0-envelopes.txt").filter(vector -> vector.has("whole"));
    }

    @ParameterizedTest
    @MethodSource("hashed")
    void largestEnvelopeIsWrittenAndRead(Vectors.Case vector) throws NoSuchAlgorithmException {
        MessageEnvelope envelope = envelope(vector);
        byte[] whole = encode(envelope);

        assertThat(whole).hasSize(10_000_000);
        assertThat(MessageDigest.getInstance("SHA-256").digest(whole))
                .isEqualTo(vector.bytes("whole.sha256"));
        assertThat(decode(whole)).isEqualTo(envelope);
    }

    static Stream<Vectors.Case> hashed() {
        return Vectors.of("v0-envelopes.txt").filter(vector -> vector.has("whole.sha256"));
    }

    @ParameterizedTest
    @MethodSource("notToBeWritten")
    void tooLargeIsNotWritten(Vectors.Case vector) {
        MessageEnvelope envelope = envelope(vector);

        assertThatExceptionOfType(ProtocolException.class)
                .isThrownBy(() -> EnvelopeCodec.encode(envelope, ALLOCATOR))
                .withMessageContaining("at most 10000000")
                .satisfies(e -> assertThat(e.code().token()).isEqualTo(vector.value("error")));
    }

    static Stream<Vectors.Case> notToBeWritten() {
        return Vectors.of("v0-envelopes.txt").filter(vector -> vector.has("error"));
    }

    @ParameterizedTest
    @MethodSource("refused")
    void badVectorIsRefusedWithItsCode(Vectors.Case vector) {
        for (byte[] bytes : Refused.inputs(vector)) {
            ByteBuf in = Unpooled.wrappedBuffer(bytes);
            Refused.check(vector, () -> EnvelopeCodec.inspect(in));
            Refused.check(vector, () -> EnvelopeCodec.decode(in));
        }
    }

    static Stream<Vectors.Case> refused() {
        return Refused.ofKind(REFUSED, "envelope");
    }

    @Test
    void refusalNamesTheField() {
        byte[] bytes = encode(MessageEnvelope.builder().recipient("bob").build());
        for (int length = 0; length < bytes.length; length++) {
            byte[] cut = Arrays.copyOf(bytes, length);
            assertThatExceptionOfType(ProtocolException.class)
                    .isThrownBy(() -> decode(cut))
                    .withMessageMatching(".*\\b(id|sender|recipient|timestamp|ttl|payload)\\b.*");
        }
    }

    @Test
    void anyEnvelopeComesBackEqual() {
        Seeded.run(
                2_000,
                random -> {
                    MessageEnvelope envelope = RandomEnvelopes.any(random);
                    assertThat(decode(encode(envelope))).isEqualTo(envelope);
                });
    }

    @Test
    void bufferIsExactlyAsLargeAsItsBytes() {
        Seeded.run(
                200,
                random -> {
                    ByteBuf out = EnvelopeCodec.encode(RandomEnvelopes.any(random), ALLOCATOR);
                    assertThat(out.readableBytes()).isEqualTo(out.capacity());
                    out.release();
                });
    }

    @Test
    void inspectionGivesWhatDecodingGivesAndReadsNothing() {
        Seeded.run(
                500,
                random -> {
                    MessageEnvelope envelope = RandomEnvelopes.any(random);
                    ByteBuf in = Pieces.of(random, encode(envelope));
                    int before = in.readableBytes();

                    assertThat(EnvelopeCodec.inspect(in))
                            .isEqualTo(
                                    new EnvelopeHead(
                                            envelope.id(),
                                            envelope.sender(),
                                            envelope.recipient(),
                                            envelope.timestampSeconds(),
                                            envelope.ttlSeconds(),
                                            envelope.payloadBytes()));
                    assertThat(in.readableBytes()).isEqualTo(before);
                    assertThat(EnvelopeCodec.decode(in)).isEqualTo(envelope);
                    assertThat(in.isReadable()).isFalse();
                });
    }

    @Test
    void changedBytesAreAnEnvelopeOrRefused() {
        Seeded.run(
                20_000,
                random -> {
                    byte[] bytes = Perturbed.bytes(random, encode(RandomEnvelopes.any(random)));
                    MessageEnvelope envelope;
                    try {
                        envelope = decode(bytes);
                    } catch (ProtocolException e) {
                        assertThat(e.code()).isEqualTo(ErrorCode.MALFORMED_ENVELOPE);
                        return;
                    }
                    assertThat(encode(envelope)).isEqualTo(bytes);
                });
    }

    private static MessageEnvelope envelope(Vectors.Case vector) {
        return MessageEnvelope.builder()
                .id(vector.text("id"))
                .sender(vector.text("sender"))
                .recipient(vector.text("recipient"))
                .timestampSeconds(Unpooled.wrappedBuffer(vector.bytes("timestamp")).readLongLE())
                .ttlSeconds(Unpooled.wrappedBuffer(vector.bytes("ttl")).readUnsignedIntLE())
                .payload(vector.payload())
                .build();
    }

    private static byte[] encode(MessageEnvelope envelope) {
        ByteBuf out = EnvelopeCodec.encode(envelope, ALLOCATOR);
        try {
            return ByteBufUtil.getBytes(out);
        } finally {
            out.release();
        }
    }

    private static MessageEnvelope decode(byte[] bytes) {
        return EnvelopeCodec.decode(Unpooled.wrappedBuffer(bytes));
    }
}
