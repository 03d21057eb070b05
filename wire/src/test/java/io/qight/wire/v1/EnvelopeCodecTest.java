package io.qight.wire.v1;

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
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class EnvelopeCodecTest {
    private static final String FILE = "v1-envelopes.txt";
    private static final String REFUSED = "v1-refused.txt";
    private static final ByteBufAllocator ALLOCATOR = UnpooledByteBufAllocator.DEFAULT;

    /** What an envelope without a timestamp is given; no vector has it. */
    private static final long NO_TIMESTAMP = 77;

    @ParameterizedTest
    @MethodSource("whole")
    void vectorIsWrittenAndReadAsItStands(Vectors.Case vector) {
        byte[] whole = vector.bytes("whole");
        MessageEnvelope envelope = envelope(vector);

        assertThat(vector.fields()).isEqualTo(whole);
        assertThat(decode(whole)).isEqualTo(envelope);
        if (!vector.has("only")) {
            assertThat(encode(envelope)).isEqualTo(whole);
        }
    }

    static Stream<Vectors.Case> whole() {
        return Vectors.of(FILE)
                .filter(vector -> vector.has("whole") && !vector.has("encapsulated_key"));
    }

    @ParameterizedTest
    @MethodSource("inspected")
    void inspectionGivesTheClearHeader(Vectors.Case vector) {
        ByteBuf in = Unpooled.wrappedBuffer(vector.bytes("whole"));
        int flags = vector.bytes("flags")[0];
        ByteBuffer id = ByteBuffer.wrap(vector.bytes("id"));

        assertThat(vector.fields()).isEqualTo(vector.bytes("whole"));
        assertThat(EnvelopeCodec.inspect(in))
                .isEqualTo(
                        new EnvelopeHeader(
                                (flags & 1) != 0,
                                (flags & 2) != 0,
                                vector.text("mailbox"),
                                new Id(id.getLong(), id.getLong()),
                                number(vector, "ttl_millis"),
                                number(vector, "not_before_millis"),
                                ByteBuffer.wrap(vector.bytes("collapse_key"))));
        assertThat(EnvelopeCodec.inspect(in).liveOnly()).isEqualTo((flags & 4) != 0);
        assertThat(in.readerIndex()).isZero();
    }

    @ParameterizedTest
    @MethodSource("inspected")
    void partsAreTheBytesAsTheyStand(Vectors.Case vector) {
        byte[] whole = vector.bytes("whole");
        byte[] beforeBody = vector.bytes("body.length");
        EnvelopeParts parts = EnvelopeCodec.parts(Unpooled.wrappedBuffer(whole));

        assertThat(parts.header()).isEqualTo(EnvelopeCodec.inspect(Unpooled.wrappedBuffer(whole)));
        assertThat(parts.whole()).isEqualTo(ByteBuffer.wrap(whole));
        assertThat(parts.signature())
                .isEqualTo(
                        ByteBuffer.wrap(
                                vector.has("signature") ? vector.bytes("signature") : new byte[0]));
        assertThat(
                        Unpooled.wrappedBuffer(
                                parts.clearHeader(),
                                ByteBuffer.wrap(beforeBody),
                                parts.body(),
                                parts.signature()))
                .isEqualTo(Unpooled.wrappedBuffer(whole));
    }

    static Stream<Vectors.Case> inspected() {
        return Vectors.of(FILE).filter(vector -> vector.has("whole"));
    }

    @ParameterizedTest
    @MethodSource("sealed")
    void sealedVectorIsNotOpened(Vectors.Case vector) {
        assertThatExceptionOfType(ProtocolException.class)
                .isThrownBy(() -> decode(vector.bytes("whole")))
                .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_SUPPORTED));
    }

    static Stream<Vectors.Case> sealed() {
        return Vectors.of(FILE).filter(vector -> vector.has("encapsulated_key"));
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
        return Vectors.of(FILE).filter(vector -> vector.has("whole.sha256"));
    }

    @ParameterizedTest
    @MethodSource("notToBeWritten")
    void whatNoRelayTakesIsNotWritten(Vectors.Case vector) {
        MessageEnvelope envelope = envelope(vector);

        Refused.check(vector, () -> EnvelopeCodec.encode(envelope, ALLOCATOR));
    }

    static Stream<Vectors.Case> notToBeWritten() {
        return Vectors.of(FILE).filter(vector -> vector.has("error"));
    }

    @Test
    void longerIdsAreNotWritten() {
        MessageEnvelope envelope =
                MessageEnvelope.builder().recipient("bob").id("i".repeat(8_193)).build();

        assertThatExceptionOfType(ProtocolException.class).isThrownBy(() -> encode(envelope));
    }

    @Test
    void refusalLeavesNoBuffer() {
        UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);
        MessageEnvelope.Builder builder = MessageEnvelope.builder().recipient("bob");
        for (int payloadBytes = 9_999_800; payloadBytes < 10_000_010; payloadBytes += 10) {
            MessageEnvelope envelope = builder.payload(new byte[payloadBytes]).build();
            try {
                EnvelopeCodec.encode(envelope, allocator).release();
            } catch (ProtocolException e) {
                assertThat(e.code()).isEqualTo(ErrorCode.ENVELOPE_SIZE);
            }
        }
        assertThatExceptionOfType(ProtocolException.class)
                .isThrownBy(() -> EnvelopeCodec.encode(builder.recipient("").build(), allocator));
        assertThat(allocator.metric().usedHeapMemory()).isZero();
    }

    @ParameterizedTest
    @MethodSource("refused")
    void badVectorIsRefusedWithItsCode(Vectors.Case vector) {
        for (byte[] bytes : Refused.inputs(vector)) {
            Refused.check(vector, () -> EnvelopeCodec.inspect(Unpooled.wrappedBuffer(bytes)));
            Refused.check(vector, () -> decode(bytes));
        }
    }

    static Stream<Vectors.Case> refused() {
        return Refused.ofKind(REFUSED, "envelope");
    }

    @ParameterizedTest
    @MethodSource("badBodies")
    void badBodyIsRefusedOnlyByWhoReadsIt(Vectors.Case vector) {
        byte[] bytes = vector.bytes("bytes");

        assertThat(EnvelopeCodec.inspect(Unpooled.wrappedBuffer(bytes)).mailbox()).isEqualTo("bob");
        Refused.check(vector, () -> decode(bytes));
    }

    static Stream<Vectors.Case> badBodies() {
        return Refused.ofKind(REFUSED, "body");
    }

    @Test
    void anyEnvelopeComesBackEqual() {
        Seeded.run(
                2_000,
                random -> {
                    MessageEnvelope envelope = RandomEnvelopes.forMailbox(random);
                    ByteBuf in = Pieces.of(random, encode(envelope));

                    EnvelopeParts parts = EnvelopeCodec.parts(in);
                    assertThat(parts.header()).isEqualTo(EnvelopeCodec.inspect(in));
                    assertThat(EnvelopeCodec.decode(parts.header(), parts.body(), NO_TIMESTAMP))
                            .isEqualTo(envelope);
                    assertThat(parts.clearHeader())
                            .isEqualTo(EnvelopeCodec.clearHeader(envelope, false, false));
                    assertThat(parts.body())
                            .isEqualTo(EnvelopeCodec.body(envelope, envelope.sender()));
                    assertThat(parts.header().mailbox()).isEqualTo(envelope.recipient());
                    assertThat(EnvelopeCodec.decode(in, NO_TIMESTAMP)).isEqualTo(envelope);
                    assertThat(in.isReadable()).isFalse();
                });
    }

    @Test
    void changedBytesAreAnEnvelopeOrRefused() {
        Seeded.run(
                5_000,
                random -> {
                    byte[] bytes =
                            Perturbed.bytes(random, encode(RandomEnvelopes.forMailbox(random)));
                    EnvelopeHeader header;
                    MessageEnvelope envelope;
                    try {
                        header = EnvelopeCodec.inspect(Unpooled.wrappedBuffer(bytes));
                        envelope = decode(bytes);
                    } catch (ProtocolException e) {
                        assertThat(e.code())
                                .isIn(ErrorCode.MALFORMED_ENVELOPE, ErrorCode.NOT_SUPPORTED);
                        return;
                    }
                    assertThat(envelope.recipient()).isEqualTo(header.mailbox());
                    assertThat(envelope.ttlMillis()).isEqualTo(header.ttlMillis());
                });
    }

    private static MessageEnvelope envelope(Vectors.Case vector) {
        ByteBuffer id = ByteBuffer.wrap(vector.bytes("id"));
        MessageEnvelope.Builder builder =
                MessageEnvelope.builder()
                        .id(new UUID(id.getLong(), id.getLong()).toString())
                        .sender(vector.text("sender"))
                        .recipient(vector.text("mailbox"))
                        .timestampSeconds(NO_TIMESTAMP)
                        .ttlMillis(number(vector, "ttl_millis"))
                        .payload(vector.payload());
        for (int i = 1; i <= number(vector, "headers.count"); i++) {
            String name = vector.text("header." + i + ".name");
            byte[] value = vector.bytes("header." + i + ".value");
            String text = new String(value, StandardCharsets.UTF_8);
            if (name.equals("qight-id")) {
                builder.id(text);
            } else if (name.equals("qight-timestamp")) {
                builder.timestampSeconds(Long.parseUnsignedLong(text));
            } else if (!name.startsWith("qight-")) {
                builder.header(name, value);
            }
        }
        return builder.build();
    }

    private static long number(Vectors.Case vector, String field) {
        return FrameVectors.numbers(vector.bytes(field)).get(0);
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
        return EnvelopeCodec.decode(Unpooled.wrappedBuffer(bytes), NO_TIMESTAMP);
    }
}
