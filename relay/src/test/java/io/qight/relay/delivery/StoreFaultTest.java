package io.qight.relay.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.qight.wire.ErrorCode;
import io.qight.wire.v1.Frame;
import org.junit.jupiter.api.Test;

/** What receivers see of a store that fails. */
class StoreFaultTest {
    private final DeliveryFixture relay = new DeliveryFixture();

    @Test
    void failedAckEndsTheStreamAndTheEnvelopeComesAgain() {
        relay.send("bob", "a", "b");
        FetchClient client = relay.receiver(1, "bob");
        relay.commitsAtOnce = false;
        client.ack(1);
        relay.ledger.failAll(relay.now);
        relay.run();
        assertThat(client.failure).isEqualTo(ErrorCode.INTERNAL);
        assertThat(client.acked()).isEmpty();
        FetchClient back = client.again().subscribe(1, 2);
        assertThat(back.held()).containsExactly(2L);
        back.add("bob");
        assertThat(back.payloads()).containsExactly("a");
    }

    @Test
    void otherSubscriptionsGoOn() {
        relay.send("bob", "a");
        relay.send("eve", "b");
        FetchClient client = relay.receiver(1, "bob");
        FetchClient other = relay.receiver(2, "eve");
        relay.commitsAtOnce = false;
        client.ack(1);
        relay.ledger.failAll(relay.now);
        relay.commitsAtOnce = true;
        relay.run();
        assertThat(other.failure).isNull();
        other.ack(1);
        assertThat(other.acked()).containsExactly(1L);
    }

    @Test
    void failedFailureCountIsStillCountedInThisRun() {
        relay.send("bob", "a");
        FetchClient client = relay.receiver(1, "bob");
        relay.commitsAtOnce = false;
        client.nack(1, 0);
        relay.ledger.failAll(relay.now);
        relay.run();
        assertThat(client.failure).isNull();
        assertThat(client.delivered()).containsExactly(1L, 2L);
        assertThat(client.last(Frame.Deliver.class).failures()).isEqualTo(1);
    }

    @Test
    void failureWhileEndingInOrderIsTold() {
        relay.send("bob", "a");
        FetchClient client = relay.receiver(1, "bob");
        relay.commitsAtOnce = false;
        client.ack(1);
        client.end();
        relay.ledger.failAll(relay.now);
        relay.run();
        assertThat(client.finished).isFalse();
        assertThat(client.failure).isEqualTo(ErrorCode.INTERNAL);
        relay.pass(30_000);
        assertThat(relay.deliveries.subscriptions()).isZero();
    }

    @Test
    void answersThatComeAfterTheStreamAreForNobody() {
        relay.send("bob", "a");
        FetchClient client = relay.receiver(1, "bob");
        relay.commitsAtOnce = false;
        client.ack(1);
        client.lose();
        relay.pass(40_000);
        relay.commitsAtOnce = true;
        relay.run();
        assertThat(relay.waiting("bob")).isZero();
        assertThat(relay.deliveries.mailboxesKnown()).isZero();
        assertThat(relay.deliveries.subscriptions()).isZero();
    }

    @Test
    void countsSurviveALateAckThatFails() {
        relay.send("bob", "a");
        FetchClient client = relay.receiver(1, "bob");
        relay.pass(60_000);
        client.pong();
        client.nack(2, 200_000);
        relay.commitsAtOnce = false;
        client.ack(1);
        relay.ledger.failAll(relay.now);
        FetchClient other = relay.receiver(2, "bob");
        assertThat(other.last(Frame.Deliver.class).deliveries()).isEqualTo(3);
        assertThat(other.last(Frame.Deliver.class).failures()).isEqualTo(2);
    }
}
