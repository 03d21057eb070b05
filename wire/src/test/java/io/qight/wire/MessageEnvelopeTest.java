package io.qight.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class MessageEnvelopeTest {
    private static final long GREATEST_TTL = 4_294_967_295L;

    @Test
    void defaultsAreARandomIdNowAndOneDay() {
        long before = Instant.now().getEpochSecond();
        MessageEnvelope envelope = MessageEnvelope.builder().recipient("bob").build();

        assertThat(UUID.fromString(envelope.id())).hasToString(envelope.id());
        assertThat(envelope.id()).isNotEqualTo(MessageEnvelope.builder().build().id());
        assertThat(envelope.sender()).isEmpty();
        assertThat(envelope.timestampSeconds()).isBetween(before, before + 60);
        assertThat(envelope.ttlSeconds()).isEqualTo(86_400);
        assertThat(envelope.payload()).isEmpty();
    }

    @Test
    void payloadIsCopiedInAndOut() {
        byte[] bytes = {1, 2, 3};
        MessageEnvelope envelope = MessageEnvelope.builder().payload(bytes).build();
        bytes[0] = 9;
        envelope.payload()[1] = 9;

        assertThat(envelope.payload()).containsExactly(1, 2, 3);
        assertThatExceptionOfType(ReadOnlyBufferException.class)
                .isThrownBy(() -> envelope.payloadBuffer().put(0, (byte) 9));
    }

    @Test
    void payloadOfABufferIsWhatRemainsInIt() {
        ByteBuffer buffer = ByteBuffer.wrap(new byte[] {1, 2, 3, 4}).position(1).limit(3);

        assertThat(MessageEnvelope.builder().payload(buffer).build().payload())
                .containsExactly(2, 3);
        assertThat(buffer.position()).isEqualTo(1);
    }

    @Test
    void ttlIsRoundedUpToSeconds() {
        assertThat(ttlOf(Duration.ZERO)).isZero();
        assertThat(ttlOf(Duration.ofNanos(1))).isEqualTo(1);
        assertThat(ttlOf(Duration.ofMillis(1_001))).isEqualTo(2);
        assertThat(ttlOf(Duration.ofHours(1))).isEqualTo(3_600);
        assertThat(ttlOf(Duration.ofSeconds(GREATEST_TTL))).isEqualTo(GREATEST_TTL);
    }

    @Test
    void ttlThatDoesNotFitIsRefused() {
        MessageEnvelope.Builder builder = MessageEnvelope.builder();
        assertThatIllegalArgumentException().isThrownBy(() -> builder.ttlSeconds(-1));
        assertThatIllegalArgumentException().isThrownBy(() -> builder.ttlSeconds(GREATEST_TTL + 1));
        assertThatIllegalArgumentException().isThrownBy(() -> builder.ttl(Duration.ofNanos(-1)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.ttl(Duration.ofSeconds(GREATEST_TTL, 1)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.ttl(Duration.ofSeconds(Long.MAX_VALUE, 999_999_999)));
    }

    @Test
    void timestampIsUnsigned() {
        MessageEnvelope envelope = MessageEnvelope.builder().timestampSeconds(-1).build();
        assertThat(envelope.toString()).contains("timestampSeconds=18446744073709551615");
    }

    @Test
    void timestampBefore1970IsRefused() {
        MessageEnvelope.Builder builder = MessageEnvelope.builder();
        assertThat(builder.timestamp(Instant.EPOCH).build().timestampSeconds()).isZero();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.timestamp(Instant.EPOCH.minusNanos(1)));
    }

    @ParameterizedTest
    @MethodSource("textFields")
    void halfASurrogatePairIsRefused(
            BiFunction<MessageEnvelope.Builder, String, MessageEnvelope.Builder> field) {
        MessageEnvelope.Builder builder = MessageEnvelope.builder();
        for (String text : new String[] {"\uD83D", "a\uDCEC", "\uDCEC\uD83D", "\uD83Db"}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> field.apply(builder, text))
                    .withMessageContaining("surrogate");
        }
        assertThat(field.apply(builder, "📬")).isSameAs(builder);
    }

    static Stream<BiFunction<MessageEnvelope.Builder, String, MessageEnvelope.Builder>>
            textFields() {
        return Stream.of(
                MessageEnvelope.Builder::id,
                MessageEnvelope.Builder::sender,
                MessageEnvelope.Builder::recipient,
                MessageEnvelope.Builder::payload);
    }

    @Test
    void envelopesAreEqualWhenAllFieldsAre() {
        MessageEnvelope envelope = full().build();
        assertThat(full().build()).isEqualTo(envelope).hasSameHashCodeAs(envelope);
        assertThat(full().id("x").build()).isNotEqualTo(envelope);
        assertThat(full().sender("x").build()).isNotEqualTo(envelope);
        assertThat(full().recipient("x").build()).isNotEqualTo(envelope);
        assertThat(full().timestampSeconds(9).build()).isNotEqualTo(envelope);
        assertThat(full().ttlSeconds(9).build()).isNotEqualTo(envelope);
        assertThat(full().payload("x").build()).isNotEqualTo(envelope);
    }

    @Test
    void headersKeepTheirOrderAndValues() {
        byte[] value = {1, 2};
        MessageEnvelope envelope = full().header("b", value).header("a", "ü").build();
        value[0] = 9;

        assertThat(envelope.headers().keySet()).containsExactly("b", "a");
        assertThat(envelope.headers().get("b")).isEqualTo(ByteBuffer.wrap(new byte[] {1, 2}));
        assertThat(envelope.headerText("a")).contains("ü");
        assertThat(envelope.headerText("c")).isEmpty();
        assertThat(full().header("a", "1").header("a", "2").build().headerText("a")).contains("2");
        assertThat(full().header("a", "1").build()).isNotEqualTo(full().build());
    }

    @Test
    void headersBeyondTheLimitsAreRefused() {
        MessageEnvelope.Builder builder = full();
        for (String name : new String[] {"", "n".repeat(129), "é".repeat(65), "a\n", "qight-id"}) {
            assertThatIllegalArgumentException().isThrownBy(() -> builder.header(name, "v"));
        }
        assertThatIllegalArgumentException().isThrownBy(() -> builder.header("n", new byte[8_193]));
        for (int i = 0; i < 64; i++) {
            builder.header("n".repeat(126) + (10 + i), new byte[8_192]);
        }
        assertThat(builder.build().headers()).hasSize(64);
        assertThatIllegalArgumentException().isThrownBy(() -> builder.header("one more", "v"));
    }

    @Test
    void textShowsThePayloadsSizeAlone() {
        assertThat(full().payload("secret").build().toString())
                .contains("payloadBytes=6")
                .doesNotContain("secret");
    }

    private static MessageEnvelope.Builder full() {
        return MessageEnvelope.builder()
                .id("1")
                .sender("alice")
                .recipient("bob")
                .timestampSeconds(2)
                .ttlSeconds(3)
                .payload("hi");
    }

    private static long ttlOf(Duration ttl) {
        return MessageEnvelope.builder().ttl(ttl).build().ttlSeconds();
    }
}
