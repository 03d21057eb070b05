package io.qight.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import io.qight.identity.UnreadableEnvelope.Reason;
import io.qight.wire.MessageEnvelope;
import io.qight.wire.v1.EnvelopeCodec;
import io.qight.wire.v1.EnvelopeParts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bouncycastle.crypto.AsymmetricCipherKeyPair;
import org.bouncycastle.crypto.params.X25519PrivateKeyParameters;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The envelopes of {@code docs/vectors}, which another implementation has written. */
class EnvelopeVectorsTest {
    private static final Path DIRECTORY = Path.of("..", "docs", "vectors");
    private static final HexFormat HEX = HexFormat.of();

    @ParameterizedTest
    @MethodSource("protectedOnes")
    void theyAreWrittenByteForByte(Vector vector) {
        EnvelopeWriter.Seal seal =
                (recipient, beside, content) ->
                        Sealing.seal(recipient, beside, content, ephemeral(vector));
        Protection protection =
                new Protection(
                        vector.has("recipient_secret"),
                        vector.has("sender_secret"),
                        vector.has("pad"));
        byte[] written =
                new EnvelopeWriter(vector.identity("sender_secret"), seal)
                        .write(envelope(vector), protection);

        assertThat(HEX.formatHex(written)).isEqualTo(vector.value("whole"));
    }

    @ParameterizedTest
    @MethodSource("protectedOnes")
    void theyAreReadAndVerified(Vector vector) throws UnreadableEnvelope {
        boolean signed = vector.has("sender_secret");
        OpenedEnvelope opened = read(vector.identity("recipient_secret"), vector.bytes("whole"));

        assertThat(opened.envelope()).isEqualTo(envelope(vector));
        assertThat(opened.sealed()).isEqualTo(vector.has("recipient_secret"));
        assertThat(opened.authenticity())
                .isEqualTo(signed ? Authenticity.VERIFIED : Authenticity.UNSIGNED);
    }

    static Stream<Vector> protectedOnes() {
        return vectors("v1-protected.txt");
    }

    @ParameterizedTest
    @MethodSource("unreadableOnes")
    void theyAreRefusedForTheirReason(Vector vector) {
        Reason reason =
                Reason.valueOf(vector.value("reason").toUpperCase(Locale.ROOT).replace(' ', '_'));

        assertThatThrownBy(() -> read(vector.identity("reader_secret"), vector.bytes("bytes")))
                .isInstanceOfSatisfying(
                        UnreadableEnvelope.class,
                        e -> {
                            assertThat(e.reason()).isEqualTo(reason);
                            assertThat(e.sentence()).startsWith(vector.value("reason") + ": ");
                        });
    }

    static Stream<Vector> unreadableOnes() {
        return vectors("v1-unreadable.txt");
    }

    private static OpenedEnvelope read(Optional<Identity> reader, byte[] whole)
            throws UnreadableEnvelope {
        EnvelopeParts parts = EnvelopeCodec.parts(Unpooled.wrappedBuffer(whole));
        return new EnvelopeReader(reader).read(parts, 0);
    }

    private static MessageEnvelope envelope(Vector vector) {
        String inside = vector.has("recipient_secret") ? "inside." : "";
        ByteBuffer id = ByteBuffer.wrap(vector.bytes("id"));
        MessageEnvelope.Builder builder =
                MessageEnvelope.builder()
                        .id(new UUID(id.getLong(), id.getLong()).toString())
                        .recipient(vector.text("mailbox"))
                        .ttlSeconds(3_600)
                        .sender(vector.text(inside + "sender"))
                        .payload(vector.bytes(inside + "payload"));
        for (int i = 1; vector.has(inside + "header." + i + ".name"); i++) {
            String name = vector.text(inside + "header." + i + ".name");
            String value = vector.text(inside + "header." + i + ".value");
            if (name.equals("qight-timestamp")) {
                builder.timestampSeconds(Long.parseLong(value));
            } else {
                builder.header(name, value);
            }
        }
        return builder.build();
    }

    private static AsymmetricCipherKeyPair ephemeral(Vector vector) {
        X25519PrivateKeyParameters secret =
                new X25519PrivateKeyParameters(vector.bytes("ephemeral_secret"), 0);
        return new AsymmetricCipherKeyPair(secret.generatePublicKey(), secret);
    }

    private static Stream<Vector> vectors(String file) {
        try {
            return Stream.of(Files.readString(DIRECTORY.resolve(file)).split("\n\n", -1))
                    .map(EnvelopeVectorsTest::vector)
                    .filter(vector -> !vector.values.isEmpty());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Vector vector(String block) {
        return new Vector(
                block.lines()
                        .filter(line -> !line.startsWith("#"))
                        .map(line -> line.split(" ", 2))
                        .collect(
                                Collectors.toMap(
                                        parts -> parts[0],
                                        parts -> parts.length == 2 ? parts[1] : "")));
    }

    /** One case; its values by name. */
    record Vector(Map<String, String> values) {
        boolean has(String name) {
            return values.containsKey(name);
        }

        String value(String name) {
            String value = values.get(name);
            if (value == null) {
                throw new AssertionError(this + " has no " + name);
            }
            return value;
        }

        byte[] bytes(String name) {
            return HEX.parseHex(value(name));
        }

        String text(String name) {
            return new String(bytes(name), StandardCharsets.UTF_8);
        }

        Optional<Identity> identity(String name) {
            return has(name) ? Optional.of(Identity.ofSeed(bytes(name))) : Optional.empty();
        }

        @Override
        public String toString() {
            return value("case");
        }
    }
}
