package io.qight.wire.v1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.qight.wire.ErrorCode;
import io.qight.wire.Perturbed;
import io.qight.wire.ProtocolException;
import io.qight.wire.Refused;
import io.qight.wire.Seeded;
import io.qight.wire.Vectors;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class FrameCodecTest {
    private static final String REFUSED = "v1-refused.txt";
    private static final Set<ErrorCode> FAULTS =
            EnumSet.of(
                    ErrorCode.MALFORMED_FRAME, ErrorCode.FRAME_TOO_LARGE, ErrorCode.UNKNOWN_FRAME);

    @ParameterizedTest
    @MethodSource("vectors")
    void vectorIsWrittenAndReadAsItStands(Vectors.Case vector) {
        byte[] whole = vector.bytes("whole");
        Optional<Frame> frame = FrameVectors.frame(vector);

        assertThat(vector.fields()).isEqualTo(whole);
        assertThat(FrameStream.read(whole)).isEqualTo(frame.stream().toList());
        if (!vector.has("only")) {
            assertThat(RandomFrames.bytes(frame.orElseThrow())).isEqualTo(whole);
        }
    }

    static Stream<Vectors.Case> vectors() {
        return FrameVectors.all().stream();
    }

    @Test
    void everyFrameHasAVector() {
        assertThat(vectors().flatMap(vector -> FrameVectors.frame(vector).stream()))
                .extracting(Frame::type)
                .contains(FrameType.values());
    }

    @ParameterizedTest
    @MethodSource("refused")
    void badVectorIsRefusedWithItsCode(Vectors.Case vector) {
        Refused.inputs(vector).stream()
                .filter(bytes -> bytes.length > 0)
                .forEach(bytes -> Refused.check(vector, () -> FrameStream.read(bytes)));
    }

    static Stream<Vectors.Case> refused() {
        return Refused.ofKind(REFUSED, "frame");
    }

    @ParameterizedTest
    @MethodSource("refusedByRelays")
    void framesAreGoodWhereOnlyARelayRefuses(Vectors.Case vector) {
        assertThat(FrameStream.outcome(vector.bytes("bytes")).refusal()).isEmpty();
    }

    static Stream<Vectors.Case> refusedByRelays() {
        return Stream.of("control-stream", "send-stream", "fetch-stream")
                .flatMap(kind -> Refused.ofKind(REFUSED, kind));
    }

    @ParameterizedTest
    @EnumSource
    void anyFrameComesBackEqual(FrameType type) {
        Seeded.run(
                200,
                random -> {
                    Frame frame = RandomFrames.of(type, random);
                    assertThat(FrameStream.read(RandomFrames.bytes(frame))).containsExactly(frame);
                });
    }

    @Test
    void lengthIsInItsShortestForm() {
        ByteBuf out = Unpooled.buffer().writeByte(9);
        for (int bytes = 0; bytes < 16_500; bytes += bytes < 90 || bytes > 16_300 ? 1 : 97) {
            Frame frame = new Frame.Send(70, 70, Unpooled.wrappedBuffer(new byte[bytes]));
            FrameCodec.encode(frame, out);
            assertThat(out.readByte()).isEqualTo((byte) 9);
            int before = out.readerIndex();
            long length = Varint.read(out);

            assertThat(out.readerIndex() - before).isEqualTo(Varint.bytes(length));
            assertThat(out.readableBytes()).isEqualTo((int) length);
            assertThat(FrameStream.read(RandomFrames.bytes(frame))).containsExactly(frame);
            out.clear().writeByte(9);
        }
    }

    @ParameterizedTest
    @EnumSource
    void frameCutAnywhereIsRefused(FrameType type) {
        Seeded.run(
                5,
                random -> {
                    byte[] bytes = RandomFrames.bytes(RandomFrames.of(type, random));
                    for (int length = 1; length < bytes.length; length++) {
                        assertMalformed(Arrays.copyOf(bytes, length));
                    }
                });
    }

    @ParameterizedTest
    @EnumSource
    void fieldsCutAnywhereAreRefused(FrameType type) {
        Seeded.run(
                5,
                random -> {
                    Frame frame = RandomFrames.of(type, random);
                    byte[] fields = fields(frame);
                    int optional = type.carriesEnvelope() ? envelope(frame).readableBytes() : 0;
                    for (int length = 0; length < fields.length - optional; length++) {
                        assertMalformed(frame(type.number(), Arrays.copyOf(fields, length)));
                    }
                });
    }

    @ParameterizedTest
    @EnumSource
    void lengthThatIsOneOffIsNotTheSameFrame(FrameType type) {
        Seeded.run(
                50,
                random -> {
                    Frame frame = RandomFrames.of(type, random);
                    byte[] fields = fields(frame);
                    byte[] longer = frame(type.number(), Arrays.copyOf(fields, fields.length + 1));
                    if (type.carriesEnvelope()) {
                        assertThat(FrameStream.read(longer)).doesNotContain(frame);
                    } else if (type.grows()) {
                        assertThat(FrameStream.read(longer)).containsExactly(frame);
                    } else {
                        assertMalformed(longer);
                    }
                    if (fields.length > 0) {
                        byte[] shorter = Arrays.copyOf(fields, fields.length - 1);
                        byte[] bytes = frame(type.number(), shorter);
                        assertThat(FrameStream.outcome(bytes).frames()).doesNotContain(frame);
                    }
                });
    }

    @Test
    void unknownTypesBelow64AreRefusedAtOnce() {
        Set<Integer> known =
                Stream.of(FrameType.values()).map(FrameType::number).collect(Collectors.toSet());
        for (int number = 0; number < FrameType.IGNORABLE_FROM; number++) {
            if (!known.contains(number)) {
                // A length of 500, of which nothing has come but the type.
                byte[] bytes = {0x41, (byte) 0xF4, (byte) number};
                assertRefused(ErrorCode.UNKNOWN_FRAME, () -> head(10_000_000, bytes));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {64, 65, 127, 16_384, Integer.MAX_VALUE, (1L << 32) + 17, Varint.MAX})
    void unknownTypesFrom64OnArePassedOver(long number) {
        Frame ping = new Frame.Ping(5);
        ByteBuf stream = Unpooled.buffer();
        stream.writeBytes(frame(number, new byte[0]));
        stream.writeBytes(frame(number, new byte[65_000]));
        stream.writeBytes(RandomFrames.bytes(ping));

        assertThat(FrameStream.read(ByteBufUtil.getBytes(stream))).containsExactly(ping);
    }

    @Test
    void headWaitsForLengthAndTypeAlone() {
        assertThat(head(1_000)).isEmpty();
        assertThat(head(1_000, 0x40)).isEmpty();
        assertThat(head(1_000, 0x40, 0x03)).isEmpty();
        assertThat(head(1_000, 0x40, 0x03, 0x40)).isEmpty();
        assertThat(head(1_000, 0x40, 0x03, 0x40, 0x07)).contains(new FrameCodec.Head(7, 4, 1));
        assertThat(head(1_000, 0x02, 0x07, 0x00)).contains(new FrameCodec.Head(7, 2, 1));
    }

    @Test
    void headLeavesTheBytes() {
        ByteBuf in = Unpooled.wrappedBuffer(new byte[] {9, 2, 7, 0}).skipBytes(1);
        FrameCodec.Head head = FrameCodec.head(in, 1_000).orElseThrow();

        assertThat(in.readerIndex()).isEqualTo(1);
        assertThat(FrameCodec.complete(head, in)).isTrue();
        assertThat(FrameCodec.complete(head, in.slice(1, 2))).isFalse();
        assertThat(FrameCodec.decode(head, in)).contains(new Frame.Ping(0));
        assertThat(in.isReadable()).isFalse();
    }

    @Test
    void typeBeyondTheLengthIsRefusedBeforeItIsWhole() {
        assertRefused(ErrorCode.MALFORMED_FRAME, () -> head(1_000, 0x01, 0x40));
        assertRefused(ErrorCode.MALFORMED_FRAME, () -> head(1_000, 0x07, 0xC0));
        assertRefused(ErrorCode.MALFORMED_FRAME, () -> head(1_000, 0x00));
    }

    @ParameterizedTest
    @EnumSource
    void lengthAboveTheBoundIsRefusedAtOnce(FrameType type) {
        for (int envelopeBytesMax : new int[] {0, 1_000, 65_472, 65_473, 10_000_000}) {
            int max = type.carriesEnvelope() ? envelopeBytesMax + 64 : 65_536;
            assertThat(head(envelopeBytesMax, start(max, type))).isPresent();
            assertRefused(
                    ErrorCode.FRAME_TOO_LARGE, () -> head(envelopeBytesMax, start(max + 1, type)));
            int any = Math.max(envelopeBytesMax + 64, 65_536);
            byte[] length = Arrays.copyOf(start(any + 1, type), Integer.BYTES);
            assertRefused(ErrorCode.FRAME_TOO_LARGE, () -> head(envelopeBytesMax, length));
        }
    }

    @Test
    void bytesOneByOneGiveTheSameAsAllAtOnce() {
        Seeded.run(
                2_000,
                random -> {
                    byte[] bytes = sequence(random);
                    if (random.nextBoolean()) {
                        bytes = Perturbed.bytes(random, bytes);
                    }
                    assertThat(FrameStream.outcomeOneByOne(bytes))
                            .isEqualTo(FrameStream.outcome(bytes));
                });
    }

    /** Fails, too, if anything but a {@link ProtocolException} is thrown. */
    @Test
    void changedBytesAreFramesOrRefused() {
        Seeded.run(
                20_000,
                random -> {
                    FrameStream.Outcome outcome =
                            FrameStream.outcome(Perturbed.bytes(random, sequence(random)));
                    outcome.refusal().ifPresent(code -> assertThat(FAULTS).contains(code));
                    for (Frame frame : outcome.frames()) {
                        assertThat(FrameStream.read(RandomFrames.bytes(frame)))
                                .containsExactly(frame);
                    }
                });
    }

    @Test
    void largestEnvelopeTravelsWhole() {
        byte[] envelope = new byte[10_000_000];
        new Random(1).nextBytes(envelope);
        for (Frame frame :
                List.of(
                        new Frame.Send(Varint.MAX, Varint.MAX, Unpooled.wrappedBuffer(envelope)),
                        new Frame.Deliver(
                                Varint.MAX,
                                Varint.MAX,
                                Varint.MAX,
                                Varint.MAX,
                                Varint.MAX,
                                Unpooled.wrappedBuffer(envelope)))) {
            assertThat(FrameStream.read(RandomFrames.bytes(frame))).containsExactly(frame);
        }
    }

    @Test
    void envelopeIsNeitherReadNorReleasedByWriting() {
        ByteBuf envelope = Unpooled.copiedBuffer(new byte[] {9, 1, 2, 3}).skipBytes(1);
        RandomFrames.bytes(new Frame.Send(1, 0, envelope));

        assertThat(envelope.readableBytes()).isEqualTo(3);
        assertThat(envelope.refCnt()).isEqualTo(1);
    }

    @Test
    void frameThatNoPeerReadsIsNotWritten() {
        ByteBuf out = Unpooled.buffer().writeByte(1);
        Frame add = new Frame.Add(0, "a".repeat(65_536));
        Frame send = new Frame.Send(1, 0, Unpooled.wrappedBuffer(new byte[10_000_064]));

        assertRefused(ErrorCode.FRAME_TOO_LARGE, () -> FrameCodec.encode(add, out));
        assertRefused(ErrorCode.FRAME_TOO_LARGE, () -> FrameCodec.encode(send, out));
        assertThat(out.readableBytes()).isEqualTo(1);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RandomFrames.bytes(new Frame.Ping(Varint.MAX + 1)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RandomFrames.bytes(new Frame.Ping(-1)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RandomFrames.bytes(new Frame.Ack(new Ranges(List.of()))));
    }

    private static byte[] sequence(Random random) {
        ByteBuf out = Unpooled.buffer();
        for (int i = random.nextInt(4); i >= 0; i--) {
            FrameCodec.encode(RandomFrames.any(random), out);
        }
        return ByteBufUtil.getBytes(out);
    }

    /** Length, in four bytes, and type. */
    private static byte[] start(int length, FrameType type) {
        return ByteBuffer.allocate(5)
                .putInt(length | 0x8000_0000)
                .put((byte) type.number())
                .array();
    }

    /** A frame by hand, its length in the longest form. */
    private static byte[] frame(long number, byte[] fields) {
        ByteBuf out = Unpooled.buffer();
        out.writeLong((Varint.bytes(number) + fields.length) | 0xC000_0000_0000_0000L);
        Varint.write(number, out);
        return ByteBufUtil.getBytes(out.writeBytes(fields));
    }

    private static byte[] fields(Frame frame) {
        ByteBuf out = Unpooled.buffer();
        FrameWriter.write(frame, new FieldWriter(out));
        return ByteBufUtil.getBytes(out);
    }

    private static ByteBuf envelope(Frame frame) {
        return frame instanceof Frame.Send send
                ? send.envelope()
                : ((Frame.Deliver) frame).envelope();
    }

    private static Optional<FrameCodec.Head> head(int envelopeBytesMax, int... octets) {
        byte[] bytes = new byte[octets.length];
        for (int i = 0; i < octets.length; i++) {
            bytes[i] = (byte) octets[i];
        }
        return head(envelopeBytesMax, bytes);
    }

    private static Optional<FrameCodec.Head> head(int envelopeBytesMax, byte[] bytes) {
        return FrameCodec.head(Unpooled.wrappedBuffer(bytes), envelopeBytesMax);
    }

    private static void assertMalformed(byte[] bytes) {
        assertRefused(ErrorCode.MALFORMED_FRAME, () -> FrameStream.read(bytes));
    }

    private static void assertRefused(ErrorCode code, ThrowingCallable reading) {
        assertThatExceptionOfType(ProtocolException.class)
                .isThrownBy(reading)
                .satisfies(e -> assertThat(e.code()).isEqualTo(code));
    }
}
