package io.qight.relay.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.qight.wire.ErrorCode;
import io.qight.wire.v1.Frame;
import org.junit.jupiter.api.Test;

/** docs/protocol.md 6.5, GOAWAY: nothing more is delivered, acks are carried out. */
class DrainTest {
    private final DeliveryFixture relay = new DeliveryFixture();

    @Test
    void nothingMoreIsDeliveredAndAcksAreCarriedOut() {
        relay.send("bob", "a");
        FetchClient client = relay.receiver(1, "bob");
        relay.deliveries.drain();
        relay.send("bob", "b");
        assertThat(client.payloads()).containsExactly("a");
        client.ack(1);
        assertThat(client.acked()).containsExactly(1L);
        assertThat(client.failure).isEqualTo(ErrorCode.DRAINING);
    }

    @Test
    void streamThatHoldsNothingEndsAtOnce() {
        FetchClient client = relay.receiver(1, "bob");
        relay.deliveries.drain();
        relay.run();
        assertThat(client.failure).isEqualTo(ErrorCode.DRAINING);
    }

    @Test
    void newSubscriptionsAndMailboxesAreRefused() {
        relay.send("bob", "a");
        FetchClient client = relay.receiver(1, "bob");
        relay.deliveries.drain();
        client.add("eve");
        assertThat(client.last(Frame.NotAdded.class).code()).isEqualTo(ErrorCode.DRAINING.number());
        FetchClient late = relay.client(2).subscribe();
        assertThat(late.failure).isEqualTo(ErrorCode.DRAINING);
    }

    @Test
    void nackedEnvelopesAreNotGivenOutAgain() {
        relay.send("bob", "a", "b");
        FetchClient client = relay.receiver(1, "bob");
        relay.deliveries.drain();
        client.nack(1, 0);
        assertThat(client.delivered()).hasSize(2);
        assertThat(relay.storedFailures("bob")).containsExactly(1, 0);
    }
}
