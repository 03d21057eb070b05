package io.qight.client.v0;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.qight.wire.ErrorCode;
import io.qight.wire.MessageEnvelope;
import io.qight.wire.ProtocolException;
import io.qight.wire.v0.AnswerCodec;
import io.qight.wire.v0.AnswerCodec.Refusal;
import io.qight.wire.v0.EnvelopeCodec;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AnswerDecoderTest {
    private final List<MessageEnvelope> envelopes = new ArrayList<>();

    @Test
    void theLineOfWelcomeIsGivenAsItIs() throws Refusal {
        assertThat(new AnswerDecoder.Welcome().decode(text("WELCOME home\n")))
                .contains("WELCOME home");
        assertThat(new AnswerDecoder.Welcome().decode(text("WELCOME ho"))).isEmpty();
    }

    @Test
    void okMeansStored() throws Refusal {
        assertThat(new AnswerDecoder.Stored().decode(text("OK\n"))).contains(true);
        assertThat(new AnswerDecoder.Stored().decode(text("OK"))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"OKAY\n", "ok\n", " OK\n", "OK \n", "OK\r\n", "\n"})
    void anyOtherLineDoesNot(String line) {
        assertBadAnswer(new AnswerDecoder.Stored(), text(line));
    }

    @Test
    void aLineThatDoesNotEndIsRefused() {
        ByteBuf line = text("A".repeat(AnswerCodec.LINE_BYTES_MAX));

        assertBadAnswer(new AnswerDecoder.Welcome(), line);
    }

    @Test
    void aRefusalKeepsItsCodeAndSentence() {
        assertThatThrownBy(() ->
                        new AnswerDecoder.Stored()
                                .decode(text("ERROR: mailbox_full: bob has enough\n")))
                .isInstanceOfSatisfying(
                        Refusal.class,
                        refusal -> {
                            assertThat(refusal.code()).isEqualTo(ErrorCode.MAILBOX_FULL);
                            assertThat(refusal).hasMessage("bob has enough");
                        });
    }

    @Test
    void aFetchAnswerIsReadHoweverItIsCut() throws Refusal {
        ByteBuf answer = fetched("one", "", "three");
        for (int cut = 0; cut < answer.readableBytes(); cut++) {
            envelopes.clear();
            AnswerDecoder<Long> decoder = new AnswerDecoder.Fetched(envelopes::add);
            ByteBuf in = Unpooled.buffer().writeBytes(answer, 0, cut);
            assertThat(decoder.decode(in)).as("cut at %d", cut).isEmpty();

            in.writeBytes(answer, cut, answer.readableBytes() - cut);
            assertThat(decoder.decode(in)).as("cut at %d", cut).contains(3L);
            assertThat(in.isReadable()).isFalse();
            assertThat(envelopes)
                    .extracting(MessageEnvelope::payloadText)
                    .containsExactly("one", "", "three");
        }
    }

    @Test
    void eachEnvelopeIsGivenAsSoonAsItIsWhole() throws Refusal {
        ByteBuf answer = fetched("one", "two");
        AnswerDecoder<Long> decoder = new AnswerDecoder.Fetched(envelopes::add);
        ByteBuf in = Unpooled.buffer();
        int firstEnd = Integer.BYTES + answer.getInt(0);

        decoder.decode(in.writeBytes(answer, firstEnd - 1));
        assertThat(envelopes).isEmpty();
        assertThat(decoder.carried()).isFalse();
        decoder.decode(in.writeBytes(answer, 1));
        assertThat(envelopes).hasSize(1);
        assertThat(decoder.carried()).isTrue();
    }

    @Test
    void anEmptyMailboxIsAWholeAnswer() throws Refusal {
        assertThat(new AnswerDecoder.Fetched(envelopes::add).decode(fetched())).contains(0L);
        assertThat(envelopes).isEmpty();
    }

    @Test
    void aRefusalMayStandBetweenEnvelopes() throws Refusal {
        AnswerDecoder<Long> decoder = new AnswerDecoder.Fetched(envelopes::add);
        ByteBuf answer = fetched("one");
        ByteBuf in = answer.slice(0, answer.readableBytes() - Integer.BYTES);
        assertThat(decoder.decode(in)).isEmpty();

        assertThatThrownBy(() -> decoder.decode(text("ERROR: draining: good night\n")))
                .isInstanceOfSatisfying(
                        Refusal.class,
                        refusal -> assertThat(refusal.code()).isEqualTo(ErrorCode.DRAINING));
        assertThat(decoder.carried()).isTrue();
    }

    @Test
    void anEnvelopeBeyondTheLimitIsRefusedBeforeItIsRead() {
        assertBadAnswer(
                new AnswerDecoder.Fetched(envelopes::add), Unpooled.buffer().writeInt(10_000_001));
    }

    @Test
    void anEnvelopeThatCannotBeReadIsRefused() {
        ByteBuf answer = Unpooled.buffer().writeInt(3).writeBytes(new byte[3]).writeInt(0);

        assertThatThrownBy(() -> new AnswerDecoder.Fetched(envelopes::add).decode(answer))
                .isInstanceOf(ProtocolException.class);
        assertThat(envelopes).isEmpty();
    }

    private static void assertBadAnswer(AnswerDecoder<?> decoder, ByteBuf in) {
        assertThatThrownBy(() -> decoder.decode(in))
                .isInstanceOfSatisfying(
                        ProtocolException.class,
                        failure -> assertThat(failure.code()).isEqualTo(ErrorCode.BAD_ANSWER));
    }

    private static ByteBuf text(String text) {
        return Unpooled.copiedBuffer(text, UTF_8);
    }

    private static ByteBuf fetched(String... payloads) {
        ByteBuf out = Unpooled.buffer();
        for (String payload : payloads) {
            MessageEnvelope envelope =
                    MessageEnvelope.builder().recipient("bob").payload(payload).build();
            ByteBuf bytes = EnvelopeCodec.encode(envelope, UnpooledByteBufAllocator.DEFAULT);
            out.writeInt(bytes.readableBytes()).writeBytes(bytes);
        }
        return out.writeInt(AnswerCodec.FETCH_END);
    }
}
