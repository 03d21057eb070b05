package io.qight.wire.v0;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.qight.wire.ErrorCode;
import io.qight.wire.Perturbed;
import io.qight.wire.ProtocolException;
import io.qight.wire.RandomEnvelopes;
import io.qight.wire.Refused;
import io.qight.wire.Seeded;
import io.qight.wire.Vectors;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class RequestCodecTest {
    private static final String REFUSED = "v0-refused.txt";

    @ParameterizedTest
    @MethodSource("vectors")
    void vectorIsWrittenAndReadAsItStands(Vectors.Case vector) {
        byte[] whole = vector.bytes("whole");
        byte[] envelope = vector.has("envelope") ? vector.bytes("envelope") : new byte[0];
        Request request = request(vector);
        ByteBuf in = Unpooled.wrappedBuffer(whole);

        assertThat(vector.fields()).isEqualTo(whole);
        assertThat(RequestCodec.decode(in, true)).contains(request);
        assertThat(ByteBufUtil.getBytes(in)).isEqualTo(envelope);
        if (!vector.has("only")) {
            assertThat(encode(request, envelope)).isEqualTo(whole);
        }
    }

    static Stream<Vectors.Case> vectors() {
        return Vectors.of("v0-requests.txt");
    }

    @ParameterizedTest
    @MethodSource("refused")
    void badVectorIsRefusedWithItsCode(Vectors.Case vector) {
        for (byte[] bytes : Refused.inputs(vector)) {
            Refused.check(vector, () -> RequestCodec.decode(Unpooled.wrappedBuffer(bytes), true));
        }
    }

    static Stream<Vectors.Case> refused() {
        return Refused.ofKind(REFUSED, "request");
    }

    @ParameterizedTest
    @MethodSource("refusedByRelays")
    void headIsGoodWhereOnlyARelayRefuses(Vectors.Case vector) {
        ByteBuf in = Unpooled.wrappedBuffer(vector.bytes("bytes"));

        assertThat(RequestCodec.decode(in, true)).isPresent();
    }

    static Stream<Vectors.Case> refusedByRelays() {
        return Refused.ofKind(REFUSED, "relay");
    }

    @Test
    void refusalDoesNotWaitForTheEnd() {
        assertThatExceptionOfType(ProtocolException.class).isThrownBy(() -> decodeOpen("G"));
        assertThatExceptionOfType(ProtocolException.class).isThrownBy(() -> decodeOpen("HELP"));
        assertThatExceptionOfType(ProtocolException.class)
                .isThrownBy(() -> decodeOpen("HELLO\n" + "a".repeat(1_018)));
        assertThat(decodeOpen("HELLO\n" + "a".repeat(1_017))).isEmpty();
        assertThat(decodeOpen("FETCH " + "a".repeat(1_017))).isEmpty();
    }

    @Test
    void whatFollowsARequestIsLeft() {
        ByteBuf in = Unpooled.copiedBuffer("FETCH bob\nFETCH carol\n", StandardCharsets.UTF_8);

        assertThat(RequestCodec.decode(in, false)).contains(new Request.Fetch("bob"));
        assertThat(in.toString(StandardCharsets.UTF_8)).isEqualTo("FETCH carol\n");
    }

    @Test
    void requestThatNoRelayTakesCannotBeMade() {
        refused(ErrorCode.MALFORMED_REQUEST, () -> new Request.Hello(""));
        refused(ErrorCode.MALFORMED_REQUEST, () -> new Request.Hello("a\nFETCH bob"));
        refused(ErrorCode.MALFORMED_REQUEST, () -> new Request.Hello("\uD83D"));
        refused(ErrorCode.INVALID_MAILBOX, () -> new Request.Fetch("bob\n"));
        refused(ErrorCode.INVALID_MAILBOX, () -> new Request.Fetch("a".repeat(256)));
        refused(ErrorCode.ENVELOPE_SIZE, () -> new Request.Send(0));
        refused(ErrorCode.ENVELOPE_SIZE, () -> new Request.Send(-1));
        refused(ErrorCode.ENVELOPE_SIZE, () -> new Request.Send(10_000_001));
        assertThat(new Request.Send(10_000_000).envelopeBytes()).isEqualTo(10_000_000);
    }

    @Test
    void anyRequestComesBackEqual() {
        Seeded.run(
                2_000,
                random -> {
                    Request request = any(random);
                    ByteBuf in = Unpooled.wrappedBuffer(encode(request, new byte[0]));
                    assertThat(RequestCodec.decode(in, false)).contains(request);
                    assertThat(in.isReadable()).isFalse();
                });
    }

    @Test
    void bytesOneByOneGiveTheSameAsAllAtOnce() {
        Seeded.run(
                5_000,
                random -> {
                    byte[] bytes = encode(any(random), new byte[random.nextInt(3)]);
                    if (random.nextBoolean()) {
                        bytes = Perturbed.bytes(random, bytes);
                    }
                    assertThat(oneByOne(bytes)).isEqualTo(atOnce(bytes));
                });
    }

    /** Fails, too, if anything but a {@link ProtocolException} is thrown. */
    private static String atOnce(byte[] bytes) {
        ByteBuf in = Unpooled.wrappedBuffer(bytes);
        return outcome(() -> RequestCodec.decode(in, true), in, bytes.length);
    }

    private static String oneByOne(byte[] bytes) {
        for (int length = 0; length < bytes.length; length++) {
            ByteBuf in = Unpooled.wrappedBuffer(bytes, 0, length);
            String outcome = outcome(() -> RequestCodec.decode(in, false), in, bytes.length);
            if (!outcome.isEmpty()) {
                return outcome;
            }
            assertThat(in.readerIndex()).isZero();
        }
        return atOnce(bytes);
    }

    /** The request and how many bytes are left, or the error; empty if more is needed. */
    private static String outcome(Supplier<Optional<Request>> decoding, ByteBuf in, int length) {
        try {
            return decoding.get()
                    .map(request -> request + ", left: " + (length - in.readerIndex()))
                    .orElse("");
        } catch (ProtocolException e) {
            return e.code() + e.getMessage();
        }
    }

    private static Request any(Random random) {
        return switch (random.nextInt(3)) {
            case 0 ->
                    new Request.Hello(
                            "n" + RandomEnvelopes.name(random).replaceFirst("^.{1,2}", ""));
            case 1 ->
                    new Request.Fetch(
                            "n" + RandomEnvelopes.name(random).replaceFirst("^.{1,2}", ""));
            default -> new Request.Send(1 + random.nextInt(10_000_000));
        };
    }

    private static Request request(Vectors.Case vector) {
        return switch (vector.text("verb")) {
            case "HELLO" -> new Request.Hello(vector.text("id"));
            case "FETCH" -> new Request.Fetch(vector.text("recipient"));
            default -> new Request.Send(Unpooled.wrappedBuffer(vector.bytes("length")).readInt());
        };
    }

    private static byte[] encode(Request request, byte[] envelope) {
        ByteBuf out = Unpooled.buffer();
        RequestCodec.encode(request, out);
        return ByteBufUtil.getBytes(out.writeBytes(envelope));
    }

    private static Optional<Request> decodeOpen(String text) {
        return RequestCodec.decode(Unpooled.copiedBuffer(text, StandardCharsets.UTF_8), false);
    }

    private static void refused(ErrorCode code, ThrowingCallable making) {
        assertThatExceptionOfType(ProtocolException.class)
                .isThrownBy(making)
                .satisfies(e -> assertThat(e.code()).isEqualTo(code));
    }
}
