package io.qight.relay.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.qight.wire.v1.Frame;
import org.junit.jupiter.api.Test;

/** docs/protocol.md 6.7: leases that run out, under a living connection and under a lost one. */
class LeaseEndTest {
    private final DeliveryFixture relay = new DeliveryFixture();

    @Test
    void leaseRunsFromTheHandOverToTheTransport() {
        relay.send("bob", "a");
        FetchClient client = relay.client(1);
        client.takes = false;
        client.subscribe();
        client.add("bob");
        relay.pass(100_000);
        client.takes = true;
        relay.pass(59_999);
        assertThat(client.probes).isZero();
        relay.pass(1);
        assertThat(client.probes).isEqualTo(1);
    }

    @Test
    void endsWithThePongAndCountsAFailure() {
        relay.send("bob", "a");
        FetchClient client = relay.receiver(1, "bob");
        relay.pass(60_000);
        assertThat(client.probes).isEqualTo(1);
        assertThat(client.delivered()).hasSize(1);
        assertThat(client.all(Frame.LeaseLost.class)).isEmpty();
        client.pong();
        assertThat(client.unaskedLost()).containsExactly(1L);
        assertThat(client.last(Frame.Deliver.class).failures()).isEqualTo(1);
        assertThat(relay.storedFailures("bob")).containsExactly(1);
    }

    @Test
    void untilThePongAckNackAndExtendAreInTime() {
        relay.send("bob", "a", "b", "c");
        FetchClient client = relay.receiver(1, "bob");
        relay.pass(60_000);
        client.ack(1);
        client.nack(2, 200_000);
        client.extend(3, 60_000);
        client.pong();
        assertThat(client.acked()).containsExactly(1L);
        assertThat(client.all(Frame.LeaseLost.class)).isEmpty();
        assertThat(relay.storedFailures("bob")).containsExactly(1, 0);
        relay.pass(60_000);
        assertThat(client.probes).isEqualTo(2);
    }

    @Test
    void pongOfAnEarlierPingDoesNotEndALeaseThatWasExtended() {
        relay.send("bob", "a");
        FetchClient client = relay.receiver(1, "bob");
        relay.pass(60_000);
        client.extend(1, 1_000);
        relay.pass(1_000);
        client.pong();
        assertThat(client.all(Frame.LeaseLost.class)).isEmpty();
        assertThat(client.probes).isEqualTo(2);
        client.pong();
        assertThat(client.unaskedLost()).containsExactly(1L);
    }

    @Test
    void oneQuestionAtATime() {
        relay.send("bob", "a");
        FetchClient client = relay.receiver(1, "bob");
        relay.pass(1_000);
        relay.send("bob", "b");
        relay.pass(60_000);
        assertThat(client.probes).isEqualTo(1);
        client.pong();
        assertThat(client.unaskedLost()).containsExactly(1L);
        assertThat(client.probes).isEqualTo(2);
        client.pong();
        assertThat(client.unaskedLost()).containsExactly(1L, 2L);
    }

    @Test
    void withoutPongTheConnectionIsLostAndNoFailureCounts() {
        relay.send("bob", "a");
        FetchClient client = relay.receiver(1, "bob");
        FetchClient other = relay.receiver(2, "bob");
        relay.pass(60_000);
        client.lose();
        assertThat(other.last(Frame.Deliver.class).failures()).isZero();
        assertThat(relay.storedFailures("bob")).containsExactly(0);
    }

    @Test
    void lostConnectionsLeasesEndAtTheirTimeWithoutFailure() {
        relay.send("bob", "a");
        FetchClient client = relay.receiver(1, "bob");
        FetchClient other = relay.receiver(2, "bob");
        relay.pass(50_000);
        client.lose();
        relay.pass(9_999);
        assertThat(other.delivered()).isEmpty();
        relay.pass(1);
        assertThat(other.last(Frame.Deliver.class).failures()).isZero();
        FetchClient back = client.again().subscribe(1);
        assertThat(back.held()).isEmpty();
        back.ack(1);
        assertThat(back.ackLost()).containsExactly(1L);
    }

    @Test
    void lostConnectionsDeliveriesOnTheWayAreItsOwnForAWhile() {
        relay.send("bob", "a");
        FetchClient client = relay.client(1);
        client.takes = false;
        client.subscribe();
        client.add("bob");
        FetchClient other = relay.receiver(2, "bob");
        client.lose();
        relay.pass(29_999);
        assertThat(other.delivered()).isEmpty();
        relay.pass(1);
        assertThat(other.delivered()).hasSize(1);
    }

    @Test
    void leaseThatEndedIsLostBeforeTheSubscriptionIsForgotten() {
        relay.send("bob", "a");
        FetchClient client = relay.receiver(1, "bob");
        relay.pass(59_000);
        client.lose();
        relay.pass(5_000);
        FetchClient back = client.again().subscribe(1);
        assertThat(back.last(Frame.Subscribed.class).resumed()).isTrue();
        assertThat(back.held()).isEmpty();
        back.ack(1);
        assertThat(back.acked()).containsExactly(1L);
    }

    @Test
    void fiveLostConnectionsDoNotMakeADeadLetter() {
        relay.send("bob", "a");
        for (int id = 1; id <= 50; id++) {
            FetchClient client = relay.receiver(id, "bob");
            assertThat(client.last(Frame.Deliver.class).failures()).isZero();
            client.lose();
            relay.pass(30_000 / 50);
            client.again().subscribe();
        }
        assertThat(relay.deadLetters("bob")).isEmpty();
    }

    @Test
    void pongThatNobodyAskedForDoesNothing() {
        relay.send("bob", "a");
        FetchClient client = relay.receiver(1, "bob");
        client.pong();
        relay.pass(60_000);
        assertThat(client.probes).isEqualTo(1);
        assertThat(client.all(Frame.LeaseLost.class)).isEmpty();
    }

    @Test
    void fifthLeaseThatRanOutMakesADeadLetter() {
        relay.send("bob", "a");
        FetchClient client = relay.receiver(1, "bob");
        for (int i = 0; i < 5; i++) {
            relay.pass(60_000);
            client.pong();
        }
        assertThat(relay.deadLetters("bob")).hasSize(1);
        assertThat(client.unaskedLost()).containsExactly(1L, 2L, 3L, 4L, 5L);
        client.ackRange(1, 5);
        assertThat(client.ackLost()).hasSize(5);
    }

    @Test
    void leasesThatRanOutTogetherAreAskedForTogether() {
        relay.send("bob", "a", "b", "c");
        FetchClient client = relay.receiver(1, "bob");
        relay.pass(60_000);
        client.pong();
        assertThat(client.probes).isEqualTo(1);
        assertThat(client.unaskedLost()).containsExactly(1L, 2L, 3L);
    }

    @Test
    void extendedInTimeAsksNoSecondTime() {
        relay.send("bob", "a");
        FetchClient client = relay.receiver(1, "bob");
        relay.pass(60_000);
        client.extend(1, 60_000);
        client.pong();
        assertThat(client.probes).isEqualTo(1);
    }
}
