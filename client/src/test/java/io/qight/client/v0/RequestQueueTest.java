package io.qight.client.v0;

import static org.assertj.core.api.Assertions.assertThat;

import io.qight.wire.Limits;
import io.qight.wire.MessageEnvelope;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RequestQueueTest {
    private final RequestQueue queue = new RequestQueue();

    @Test
    void requestsBeginInTheirOrder() {
        List<PendingRequest<?>> sends = add(3, 1);

        assertThat(begin()).containsExactlyElementsOf(sends);
        assertThat(queue.all()).containsExactlyElementsOf(sends);
    }

    @Test
    void aHundredAreOpenAndTheNextBeginsWhenOneEnds() {
        List<PendingRequest<?>> sends = add(Limits.REQUESTS_MAX + 2, 1);
        assertThat(begin()).containsExactlyElementsOf(sends.subList(0, Limits.REQUESTS_MAX));

        queue.remove(sends.get(50));

        assertThat(begin()).containsExactly(sends.get(Limits.REQUESTS_MAX));
    }

    @Test
    void theBytesOfOpenEnvelopesAreBounded() {
        List<PendingRequest<?>> sends = add(5, 9_000_000);
        assertThat(begin()).containsExactlyElementsOf(sends.subList(0, 3));

        queue.remove(sends.get(1));

        assertThat(begin()).containsExactly(sends.get(3));
    }

    @Test
    void aFetchIsOpenAlone() {
        PendingRequest<?> before = add(1, 1).get(0);
        PendingRequest<?> fetch = PendingRequest.fetch("bob", envelope -> {});
        queue.add(fetch);
        PendingRequest<?> another = PendingRequest.fetch("bob", envelope -> {});
        queue.add(another);
        PendingRequest<?> after = add(1, 1).get(0);

        assertThat(begin()).containsExactly(before);
        assertThat(queue.fetching()).isFalse();
        queue.remove(before);
        assertThat(begin()).containsExactly(fetch);
        assertThat(queue.fetching()).isTrue();
        queue.remove(fetch);
        assertThat(begin()).containsExactly(another);
        queue.remove(another);
        assertThat(queue.fetching()).isFalse();
        assertThat(begin()).containsExactly(after);
    }

    @Test
    void oneThatIsGivenUpWhileItWaitsLetsTheOthersPass() {
        PendingRequest<?> open = add(1, 1).get(0);
        begin();
        PendingRequest<?> fetch = PendingRequest.fetch("bob", envelope -> {});
        queue.add(fetch);
        PendingRequest<?> behind = add(1, 1).get(0);
        assertThat(begin()).isEmpty();

        queue.remove(fetch);

        assertThat(begin()).containsExactly(behind);
        assertThat(queue.all()).containsExactly(open, behind);
    }

    private List<PendingRequest<?>> add(int count, int payloadBytes) {
        MessageEnvelope envelope =
                MessageEnvelope.builder().recipient("bob").payload(new byte[payloadBytes]).build();
        List<PendingRequest<?>> added = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            added.add(PendingRequest.send(envelope));
        }
        added.forEach(queue::add);
        return added;
    }

    private List<PendingRequest<?>> begin() {
        List<PendingRequest<?>> begun = new ArrayList<>();
        for (PendingRequest<?> next = queue.next(); next != null; next = queue.next()) {
            begun.add(next);
        }
        return begun;
    }
}
