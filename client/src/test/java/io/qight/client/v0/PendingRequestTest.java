package io.qight.client.v0;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.qight.client.BadAnswerException;
import io.qight.client.ClientClosedException;
import io.qight.client.ConnectionLostException;
import io.qight.client.RefusedException;
import io.qight.client.RelayException;
import io.qight.client.TimedOutException;
import io.qight.wire.ErrorCode;
import io.qight.wire.MessageEnvelope;
import io.qight.wire.ProtocolException;
import io.qight.wire.v0.EnvelopeCodec;
import io.qight.wire.v0.Request;
import io.qight.wire.v0.RequestCodec;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PendingRequestTest {
    private static final MessageEnvelope ENVELOPE =
            MessageEnvelope.builder().sender("alice").recipient("bob").payload("hi").build();

    @Test
    void aSendIsItsHeadAndTheEnvelope() {
        ByteBuf bytes = PendingRequest.send(ENVELOPE).begin(UnpooledByteBufAllocator.DEFAULT);

        int envelopeBytes = bytes.readableBytes() - 8;
        assertThat(RequestCodec.decode(bytes, true)).contains(new Request.Send(envelopeBytes));
        assertThat(EnvelopeCodec.decode(bytes)).isEqualTo(ENVELOPE);
    }

    @Test
    void aLineIsWrittenWhole() {
        String longest = "n".repeat(255);
        ByteBuf hello = PendingRequest.hello(longest).begin(UnpooledByteBufAllocator.DEFAULT);
        ByteBuf fetch =
                PendingRequest.fetch(longest, envelope -> {})
                        .begin(UnpooledByteBufAllocator.DEFAULT);

        assertThat(RequestCodec.decode(hello, true)).contains(new Request.Hello(longest));
        assertThat(RequestCodec.decode(fetch, true)).contains(new Request.Fetch(longest));
    }

    @Test
    void anEnvelopeTooLargeIsRefusedAndNotBegun() {
        PendingRequest<Boolean> request =
                PendingRequest.send(
                        MessageEnvelope.builder()
                                .recipient("bob")
                                .payload(new byte[10_000_000])
                                .build());

        assertThatThrownBy(() -> request.begin(UnpooledByteBufAllocator.DEFAULT))
                .isInstanceOfSatisfying(
                        ProtocolException.class,
                        failure -> assertThat(failure.code()).isEqualTo(ErrorCode.ENVELOPE_SIZE));
        assertThat(request.begun()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a\nb", "\u0000"})
    void whatIsNoNameIsRefused(String name) {
        assertThatThrownBy(() -> PendingRequest.hello(name)).isInstanceOf(ProtocolException.class);
        assertThatThrownBy(() -> PendingRequest.fetch(name, envelope -> {}))
                .isInstanceOf(ProtocolException.class);
        assertThatThrownBy(() ->
                        PendingRequest.send(MessageEnvelope.builder().recipient(name).build()))
                .isInstanceOf(ProtocolException.class);
    }

    @Test
    void theOutcomeOfASendThatHasBegunIsUnknown() {
        assertUnknown(Failure.lost("lost"), ConnectionLostException.class);
        assertUnknown(Failure.timedOut("late"), TimedOutException.class);
        assertUnknown(Failure.badAnswer("bad"), BadAnswerException.class);
        assertUnknown(Failure.closed(), ClientClosedException.class);
    }

    @Test
    void aSendThatWaitsWasSurelyNotStored() {
        PendingRequest<Boolean> request = PendingRequest.send(ENVELOPE);

        request.fail(Failure.lost("lost"));

        assertThat(failure(request).code()).isEqualTo(ErrorCode.CONNECTION_LOST);
    }

    @Test
    void aRefusedSendWasSurelyNotStored() {
        PendingRequest<Boolean> request = PendingRequest.send(ENVELOPE);
        request.begin(UnpooledByteBufAllocator.DEFAULT);

        request.fail(Failure.refused(ErrorCode.STORE_FULL, "no room"));

        assertThat(failure(request)).isInstanceOf(RefusedException.class).hasMessage("no room");
        assertThat(failure(request).code()).isEqualTo(ErrorCode.STORE_FULL);
    }

    @Test
    void otherRequestsKeepTheirCode() {
        PendingRequest<String> request = PendingRequest.hello("alice");
        request.begin(UnpooledByteBufAllocator.DEFAULT);

        request.fail(Failure.lost("lost"));

        assertThat(failure(request).code()).isEqualTo(ErrorCode.CONNECTION_LOST);
    }

    @Test
    void aCancelledRequestIsThat() {
        PendingRequest<String> request = PendingRequest.hello("alice");

        request.fail(Failure.cancelled());

        assertThatThrownBy(() -> request.answer().get())
                .isInstanceOfAny(CancellationException.class, ExecutionException.class)
                .satisfies(thrown ->
                        assertThat(root(thrown)).isInstanceOf(CancellationException.class));
    }

    @Test
    void aFetchLeavesItsAnswerUnreadUnlessRefusedAtTheStart() {
        PendingRequest<Long> waiting = PendingRequest.fetch("bob", envelope -> {});
        assertThat(waiting.leavesAnswerUnread(Failure.cancelled())).isFalse();

        PendingRequest<Long> open = PendingRequest.fetch("bob", envelope -> {});
        open.begin(UnpooledByteBufAllocator.DEFAULT);
        assertThat(open.leavesAnswerUnread(Failure.cancelled())).isTrue();
        assertThat(open.leavesAnswerUnread(Failure.timedOut("late"))).isTrue();
        assertThat(open.leavesAnswerUnread(Failure.refused(ErrorCode.DRAINING, "no"))).isFalse();

        PendingRequest<Boolean> send = PendingRequest.send(ENVELOPE);
        send.begin(UnpooledByteBufAllocator.DEFAULT);
        assertThat(send.leavesAnswerUnread(Failure.timedOut("late"))).isFalse();
    }

    private static void assertUnknown(Failure failure, Class<?> type) {
        PendingRequest<Boolean> request = PendingRequest.send(ENVELOPE);
        request.begin(UnpooledByteBufAllocator.DEFAULT);

        request.fail(failure);

        assertThat(failure(request)).isInstanceOf(type).hasMessageContaining("twice");
        assertThat(failure(request).code()).isEqualTo(ErrorCode.OUTCOME_UNKNOWN);
    }

    private static RelayException failure(PendingRequest<?> request) {
        return (RelayException) root(catchThrowable(() -> request.answer().get()));
    }

    private static Throwable root(Throwable thrown) {
        Throwable cause = thrown.getCause();
        return cause == null ? thrown : cause;
    }
}
