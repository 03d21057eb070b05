package io.qight.wire.v0;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.qight.wire.ErrorCode;
import io.qight.wire.Perturbed;
import io.qight.wire.ProtocolException;
import io.qight.wire.RandomEnvelopes;
import io.qight.wire.Refused;
import io.qight.wire.Seeded;
import io.qight.wire.Vectors;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

final class AnswerCodecTest {
    private static final String REFUSED = "v0-refused.txt";
    private static final ByteBufAllocator ALLOCATOR = UnpooledByteBufAllocator.DEFAULT;

    @ParameterizedTest
    @MethodSource("vectors")
    void vectorIsWrittenAndReadAsItStands(Vectors.Case vector) {
        byte[] whole = vector.bytes("whole");

        assertThat(vector.fields()).isEqualTo(whole);
        assertThat(parts(whole, isFetch(vector))).isEqualTo(parts(vector));
        if (!vector.has("only")) {
            assertThat(encode(vector)).isEqualTo(whole);
        }
    }

    static Stream<Vectors.Case> vectors() {
        return Vectors.of("v0-answers.txt");
    }

    @ParameterizedTest
    @EnumSource
    void everyCodeOfARelayHasAVector(ErrorCode code) {
        assertThat(
                        vectors()
                                .filter(vector -> vector.has("code"))
                                .anyMatch(vector -> vector.text("code").equals(code.token())))
                .isEqualTo(code.fromRelay());
    }

    @ParameterizedTest
    @MethodSource("refusedLines")
    void badLineIsRefused(Vectors.Case vector) {
        ByteBuf in = Unpooled.wrappedBuffer(vector.bytes("bytes"));
        Refused.check(
                vector,
                () -> {
                    if (vector.value("kind").equals("send-answer")) {
                        AnswerCodec.decodeOk(in);
                    } else {
                        AnswerCodec.decodeLine(in);
                    }
                });
    }

    static Stream<Vectors.Case> refusedLines() {
        return Stream.concat(
                Refused.ofKind(REFUSED, "send-answer"), Refused.ofKind(REFUSED, "hello-answer"));
    }

    @ParameterizedTest
    @MethodSource("refusedFetches")
    void badFetchAnswerIsRefused(Vectors.Case vector) {
        ByteBuf in = Unpooled.wrappedBuffer(vector.bytes("bytes"));
        Refused.check(vector, () -> AnswerCodec.decodeFetchLength(in));
    }

    static Stream<Vectors.Case> refusedFetches() {
        return Refused.ofKind(REFUSED, "fetch-answer");
    }

    @Test
    void textBecomesOneLineThatFits() {
        assertThat(error("a\nb\r\tc\u001B[31m\u0085\uD83D")).isEqualTo("a b  c [31m ?");
        for (String character : new String[] {"e", "ü", "日", "📬"}) {
            ByteBuf out = Unpooled.buffer();
            AnswerCodec.encodeError(ErrorCode.INTERNAL, character.repeat(3_000), out);

            assertThat(out.readableBytes()).isBetween(2_045, 2_048);
            assertThat(error(character.repeat(3_000))).matches("(" + character + ")+");
        }
        ByteBuf welcome = Unpooled.buffer();
        AnswerCodec.encodeWelcome("a\nOK\n", welcome);
        assertThat(welcome.toString(StandardCharsets.UTF_8)).isEqualTo("WELCOME a OK \n");
    }

    @Test
    void controlCharactersOfARelayDoNotReachTheReader() {
        assertThat(parts("ERROR: a\u001B[31m\r\n".getBytes(StandardCharsets.UTF_8), false))
                .containsExactly("not_allowed", "a [31m ");
    }

    @Test
    void whatIsNotUtf8InASentenceIsReplaced() {
        byte[] bytes = "ERROR: internal: ?\n".getBytes(StandardCharsets.UTF_8);
        bytes[bytes.length - 2] = (byte) 0xFF;

        assertThat(parts(bytes, false)).containsExactly("internal", "\uFFFD");
    }

    @Test
    void bytesOneByOneGiveTheSameAsAllAtOnce() {
        Seeded.run(
                3_000,
                random -> {
                    boolean fetch = random.nextBoolean();
                    byte[] bytes = any(random, fetch);
                    if (random.nextBoolean()) {
                        bytes = Perturbed.bytes(random, bytes);
                    }
                    assertThat(partsOneByOne(bytes, fetch)).isEqualTo(parts(bytes, fetch));
                });
    }

    /** Some answer to a FETCH, or else to a HELLO. */
    private static byte[] any(Random random, boolean fetch) {
        ByteBuf out = Unpooled.buffer();
        for (int i = fetch ? random.nextInt(4) : 0; i > 0; i--) {
            ByteBuf envelope = EnvelopeCodec.encode(RandomEnvelopes.any(random), ALLOCATOR);
            out.writeInt(envelope.readableBytes()).writeBytes(envelope);
            envelope.release();
        }
        if (random.nextInt(4) == 0) {
            ErrorCode[] codes = ErrorCode.values();
            ErrorCode code = codes[random.nextInt(codes.length)];
            AnswerCodec.encodeError(code, RandomEnvelopes.text(random), out);
        } else if (fetch) {
            out.writeInt(AnswerCodec.FETCH_END);
        } else {
            AnswerCodec.encodeWelcome(RandomEnvelopes.text(random), out);
        }
        return ByteBufUtil.getBytes(out);
    }

    private static List<String> parts(byte[] bytes, boolean fetch) {
        Reader reader = new Reader(fetch);
        reader.read(Unpooled.wrappedBuffer(bytes));
        return reader.parts;
    }

    private static List<String> partsOneByOne(byte[] bytes, boolean fetch) {
        Reader reader = new Reader(fetch);
        ByteBuf in = Unpooled.buffer();
        for (byte next : bytes) {
            reader.read(in.writeByte(next));
        }
        return reader.parts;
    }

    /** A client's reading of an answer: its parts as text, the last an end, a line or an error. */
    private static final class Reader {
        private final boolean fetch;
        private final List<String> parts = new ArrayList<>();
        private int envelopeBytes;
        private boolean ended;

        Reader(boolean fetch) {
            this.fetch = fetch;
        }

        void read(ByteBuf in) {
            try {
                while (!ended && readPart(in)) {}
            } catch (AnswerCodec.Refusal refusal) {
                parts.addAll(List.of(refusal.code().token(), refusal.getMessage()));
                ended = true;
            } catch (ProtocolException e) {
                parts.addAll(List.of(e.code().token(), e.getMessage()));
                ended = true;
            }
        }

        private boolean readPart(ByteBuf in) throws AnswerCodec.Refusal {
            if (!fetch) {
                AnswerCodec.decodeLine(in).ifPresent(this::end);
                return false;
            }
            if (envelopeBytes > 0) {
                return readEnvelope(in);
            }
            Optional<Integer> length = AnswerCodec.decodeFetchLength(in);
            envelopeBytes = length.orElse(0);
            length.filter(bytes -> bytes == AnswerCodec.FETCH_END).ifPresent(bytes -> end("end"));
            return envelopeBytes > 0;
        }

        private boolean readEnvelope(ByteBuf in) {
            if (in.readableBytes() < envelopeBytes) {
                return false;
            }
            parts.add(ByteBufUtil.hexDump(in.readSlice(envelopeBytes)));
            envelopeBytes = 0;
            return true;
        }

        private void end(String part) {
            parts.add(part);
            ended = true;
        }
    }

    private static boolean isFetch(Vectors.Case vector) {
        return vector.toString().startsWith("fetch");
    }

    /** What a {@link Reader} must find in the vector. */
    private static List<String> parts(Vectors.Case vector) {
        List<String> parts = new ArrayList<>();
        vector.values().keySet().stream()
                .filter(name -> name.startsWith("envelope."))
                .map(vector::value)
                .forEach(parts::add);
        if (vector.has("prefix")) {
            parts.add(vector.has("code") ? vector.text("code") : "not_allowed");
            parts.add(vector.text("sentence"));
        } else if (isFetch(vector)) {
            parts.add("end");
        } else {
            parts.add(vector.has("name") ? "WELCOME " + vector.text("name") : "OK");
        }
        return parts;
    }

    private static byte[] encode(Vectors.Case vector) {
        ByteBuf out = Unpooled.buffer();
        for (String name : vector.values().keySet()) {
            if (name.startsWith("length.")) {
                byte[] envelope = vector.bytes(name.replace("length", "envelope"));
                out.writeInt(envelope.length).writeBytes(envelope);
            }
        }
        if (vector.has("code")) {
            ErrorCode code = ErrorCode.ofToken(vector.text("code")).orElseThrow();
            AnswerCodec.encodeError(code, vector.text("sentence"), out);
        } else if (isFetch(vector)) {
            out.writeInt(AnswerCodec.FETCH_END);
        } else if (vector.has("name")) {
            AnswerCodec.encodeWelcome(vector.text("name"), out);
        } else {
            AnswerCodec.encodeOk(out);
        }
        return ByteBufUtil.getBytes(out);
    }

    /** The sentence as it arrives. */
    private static String error(String sentence) {
        ByteBuf out = Unpooled.buffer();
        AnswerCodec.encodeError(ErrorCode.INTERNAL, sentence, out);
        List<String> parts = parts(ByteBufUtil.getBytes(out), false);
        assertThat(parts.get(0)).isEqualTo("internal");
        return parts.get(1);
    }
}
