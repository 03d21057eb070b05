package io.qight.relay.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.qight.store.Removal;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.Ranges;
import org.junit.jupiter.api.Test;

/** docs/protocol.md 6.7: NACK, EXTEND and the failure count. */
class NackTest {
    private final DeliveryFixture relay = new DeliveryFixture();

    @Test
    void comesAgainAtOnceAndCountsAFailure() {
        relay.send("bob", "a");
        FetchClient client = relay.receiver(1, "bob");
        client.nack(1, 0);
        Frame.Deliver again = client.last(Frame.Deliver.class);
        assertThat(again.delivery()).isEqualTo(2);
        assertThat(again.deliveries()).isEqualTo(2);
        assertThat(again.failures()).isEqualTo(1);
        assertThat(relay.storedFailures("bob")).containsExactly(1);
        assertThat(client.acked()).isEmpty();
        assertThat(client.all(Frame.LeaseLost.class)).isEmpty();
    }

    @Test
    void comesAgainAfterItsDelayAndNotBefore() {
        relay.send("bob", "a");
        FetchClient client = relay.receiver(1, "bob");
        client.nack(1, 5_000);
        relay.pass(4_999);
        assertThat(relay.fetch("key", "bob")).isEmpty();
        relay.deliveries.giveBack("key");
        assertThat(client.delivered()).hasSize(1);
        relay.pass(1);
        assertThat(client.delivered()).hasSize(2);
    }

    @Test
    void anotherReceiverMayGetItAndSeesTheCounts() {
        relay.send("bob", "a");
        FetchClient client = relay.receiver(1, "bob");
        client.nack(1, 1_000);
        client.remove(1);
        FetchClient other = relay.receiver(2, "bob");
        relay.pass(1_000);
        assertThat(other.last(Frame.Deliver.class).failures()).isEqualTo(1);
        assertThat(other.last(Frame.Deliver.class).deliveries()).isEqualTo(2);
    }

    @Test
    void delayBeyondTheDeadlineIsTheEnd() {
        relay.append("bob", "short", 10_000);
        FetchClient client = relay.receiver(1, "bob");
        client.nack(1, 1L << 61);
        relay.pass(100_000);
        assertThat(client.delivered()).hasSize(1);
        assertThat(relay.removed(Removal.EXPIRED)).isEqualTo(1);
    }

    @Test
    void fifthFailureGoesToTheDeadLettersWithTheLastReason() {
        relay.send("bob", "a");
        FetchClient client = relay.receiver(1, "bob");
        for (int number = 1; number <= 4; number++) {
            client.nack(number, 0);
        }
        assertThat(client.delivered()).hasSize(5);
        assertThat(relay.deadLetters("bob")).isEmpty();
        client.send(new Frame.Nack(Ranges.of(5, 5), 0, false, "hopeless"));
        assertThat(client.delivered()).hasSize(5);
        assertThat(relay.waiting("bob")).isZero();
        assertThat(relay.deadLetters("bob")).hasSize(1);
        assertThat(relay.deadLetters("bob").get(0).reason()).isEqualTo("hopeless");
        assertThat(relay.deadLetters("bob").get(0).failures()).isEqualTo(5);
        assertThat(relay.removed(Removal.DEAD)).isEqualTo(1);
    }

    @Test
    void failuresOutliveTheRelaysProcess() {
        relay.send("bob", "a");
        FetchClient client = relay.receiver(1, "bob");
        client.nack(1, 0);
        client.nack(2, 0);
        DeliveryFixture next = new DeliveryFixture(relay.store, relay.settings);
        next.now = relay.now;
        FetchClient later = next.receiver(1, "bob");
        assertThat(later.last(Frame.Deliver.class).failures()).isEqualTo(2);
        assertThat(later.last(Frame.Deliver.class).deliveries()).isEqualTo(1);
    }

    @Test
    void nackAfterTheEndOfTheLeaseGivesOnlyTheCreditBack() {
        relay.send("bob", "a");
        FetchClient client = relay.receiver(1, "bob");
        client.remove(1);
        relay.pass(60_000);
        client.pong();
        FetchClient other = relay.receiver(2, "bob");
        client.nack(1, 0);
        client.nackDead(1, "dead");
        assertThat(other.delivered()).hasSize(1);
        assertThat(relay.storedFailures("bob")).containsExactly(1);
        assertThat(relay.deadLetters("bob")).isEmpty();
        other.ack(1);
        assertThat(other.acked()).containsExactly(1L);
    }

    @Test
    void nackOfWhatIsBeingAckedChangesNothing() {
        relay.send("bob", "a");
        FetchClient client = relay.receiver(1, "bob");
        relay.commitsAtOnce = false;
        client.ack(1);
        client.nack(1, 0);
        relay.commitsAtOnce = true;
        relay.run();
        assertThat(client.acked()).containsExactly(1L);
        assertThat(client.delivered()).hasSize(1);
    }

    @Test
    void extendedLeaseRunsFromNow() {
        relay.send("bob", "a");
        FetchClient client = relay.receiver(1, "bob");
        relay.pass(59_000);
        client.extend(1, 100_000);
        relay.pass(99_999);
        assertThat(client.probes).isZero();
        relay.pass(1);
        assertThat(client.probes).isEqualTo(1);
        assertThat(client.all(Frame.LeaseLost.class)).isEmpty();
    }

    @Test
    void extensionStaysWithinTheLimitsAndMayShorten() {
        relay.append("bob", "a", 2_000_000_000L);
        FetchClient client = relay.receiver(1, "bob");
        client.extend(1, 0);
        relay.pass(999);
        assertThat(client.probes).isZero();
        relay.pass(1);
        assertThat(client.probes).isEqualTo(1);
        client.extend(1, 1L << 61);
        relay.pass(43_199_999);
        assertThat(client.probes).isEqualTo(1);
        relay.pass(1);
        client.pong();
        assertThat(client.probes).isEqualTo(2);
    }

    @Test
    void extensionBeforeTheTransportToldIsNotShortenedByIt() {
        relay.send("bob", "a");
        FetchClient client = relay.client(1);
        client.takes = false;
        client.subscribe();
        client.add("bob");
        client.extend(1, 300_000);
        client.takes = true;
        relay.pass(299_999);
        assertThat(client.probes).isZero();
        relay.pass(1);
        assertThat(client.probes).isEqualTo(1);
    }

    @Test
    void extendingWhatHasEndedIsLost() {
        relay.send("bob", "a", "b", "c", "d");
        FetchClient client = relay.receiver(1, "bob");
        client.nack(1, 100_000);
        client.nackDead(2, "dead");
        client.remove(1);
        client.extend(3, 200_000);
        relay.pass(60_000);
        client.pong();
        client.send(new Frame.Extend(Ranges.of(1, 4), 200_000));
        assertThat(client.unaskedLost()).containsExactly(4L);
        assertThat(client.extendLost()).containsExactly(1L, 2L, 4L);
    }

    @Test
    void extendingWhatIsOnItsWayToTheDeadLettersIsLost() {
        relay.send("bob", "a");
        FetchClient client = relay.receiver(1, "bob");
        relay.commitsAtOnce = false;
        client.nackDead(1, "dead");
        client.extend(1, 5_000);
        assertThat(client.extendLost()).containsExactly(1L);
    }

    @Test
    void extendingWhatWasAckedIsNotLost() {
        relay.send("bob", "a", "b");
        FetchClient client = relay.receiver(1, "bob");
        client.ack(1);
        relay.commitsAtOnce = false;
        client.ack(2);
        client.send(new Frame.Extend(Ranges.of(1, 2), 5_000));
        assertThat(client.extendLost()).isEmpty();
    }
}
