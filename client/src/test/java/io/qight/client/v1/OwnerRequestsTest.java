package io.qight.client.v1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.qight.client.ClientClosedException;
import io.qight.client.RefusedException;
import io.qight.wire.ErrorCode;
import io.qight.wire.ProtocolException;
import io.qight.wire.v1.Frame;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class OwnerRequestsTest {
    private final OwnerRequests requests = new OwnerRequests();

    @Test
    void eachIsAskedAndAnsweredUnderItsNumber() {
        CompletableFuture<Boolean> first = demand();
        CompletableFuture<Boolean> second = demand();
        assertThat(requests.poll()).isEqualTo(new Frame.Demand(1, true));
        assertThat(requests.poll()).isEqualTo(new Frame.Demand(2, true));
        assertThat(requests.poll()).isNull();
        requests.kept(new Frame.Kept(2, ErrorCode.OVERLOADED.number(), "too many"));
        requests.kept(new Frame.Kept(1, 0, ""));
        assertThat(first).isCompletedWithValue(true);
        assertThatThrownBy(second::join).hasCauseInstanceOf(RefusedException.class);
        assertThat(requests.isEmpty()).isTrue();
    }

    @Test
    void whatHasNoAnswerIsAskedAgainOnTheNextConnection() {
        CompletableFuture<Boolean> kept = demand();
        requests.poll();
        requests.lost();
        assertThat(requests.poll()).isEqualTo(new Frame.Demand(1, true));
        requests.kept(new Frame.Kept(1, 0, ""));
        assertThat(kept).isCompletedWithValue(true);
    }

    @Test
    void whatWasGivenUpIsNotAskedAndItsAnswerPassedOver() {
        CompletableFuture<Boolean> underWay = demand();
        CompletableFuture<Boolean> waiting = demand();
        requests.poll();
        underWay.cancel(false);
        waiting.cancel(false);
        assertThat(requests.poll()).isNull();
        requests.kept(new Frame.Kept(1, 0, ""));
        assertThat(requests.isEmpty()).isTrue();
    }

    @Test
    void soManyAreUnderWay() {
        for (int i = 0; i < 17; i++) {
            demand();
        }
        for (int i = 0; i < 16; i++) {
            assertThat(requests.poll()).isNotNull();
        }
        assertThat(requests.poll()).isNull();
        requests.kept(new Frame.Kept(3, 0, ""));
        assertThat(requests.poll()).isEqualTo(new Frame.Demand(17, true));
    }

    @Test
    void anAnswerThatNobodyAskedForIsBad() {
        assertThatThrownBy(() -> requests.kept(new Frame.Kept(1, 0, "")))
                .isInstanceOf(ProtocolException.class);
    }

    @Test
    void theEndFailsWhatWaits() {
        CompletableFuture<Boolean> kept = demand();
        requests.close(new ClientClosedException(ErrorCode.CLOSED, "closed"));
        assertThatThrownBy(kept::join).hasCauseInstanceOf(ClientClosedException.class);
    }

    private CompletableFuture<Boolean> demand() {
        CompletableFuture<Boolean> kept = new CompletableFuture<>();
        requests.add(number -> new Frame.Demand(number, true), kept);
        return kept;
    }
}
