package io.qight.relay.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.qight.store.Removal;
import io.qight.wire.v1.Frame;
import java.util.List;
import org.junit.jupiter.api.Test;

/** docs/protocol.md 6.7: nothing past its deadline is handed out. */
class DeadlineTest {
    private final DeliveryFixture relay = new DeliveryFixture();

    @Test
    void leftMillisIsWhatIsLeft() {
        relay.append("bob", "a", 10_000);
        relay.pass(4_000);
        FetchClient client = relay.receiver(1, "bob");
        assertThat(client.last(Frame.Deliver.class).leftMillis()).isEqualTo(6_000);
    }

    @Test
    void whatIsPastItsDeadlineIsNotHandedOutThoughTheStoreHasIt() {
        relay.expires = false;
        relay.append("bob", "past", 10_000);
        relay.append("bob", "just", 10_001);
        relay.now += 10_000;
        FetchClient client = relay.receiver(1, "bob");
        assertThat(client.payloads()).containsExactly("just");
        assertThat(client.last(Frame.Deliver.class).leftMillis()).isEqualTo(1);
    }

    @Test
    void leasedAtItsDeadlineLeavesSilently() {
        relay.append("bob", "a", 10_000);
        FetchClient client = relay.receiver(1, "bob");
        relay.pass(10_000);
        client.pong();
        assertThat(client.probes).isZero();
        assertThat(client.all(Frame.LeaseLost.class)).isEmpty();
        assertThat(relay.deliveries.leased("bob")).isZero();
        client.ack(1);
        assertThat(client.ackLost()).containsExactly(1L);
    }

    @Test
    void ackAtTheDeadlineIsTooLateThoughTheStoreHasIt() {
        relay.expires = false;
        relay.append("bob", "a", 10_000);
        relay.append("bob", "b", 10_000);
        FetchClient client = relay.receiver(1, "bob");
        relay.now += 10_000;
        client.ack(1);
        relay.pass(1_000);
        client.ack(2);
        assertThat(client.ackLost()).containsExactly(1L, 2L);
        assertThat(relay.removed(Removal.ACKED)).isZero();
    }

    @Test
    void nackAtTheDeadlineGivesOnlyTheCreditBack() {
        relay.expires = false;
        relay.append("bob", "a", 10_000);
        relay.append("bob", "b", 10_000);
        FetchClient client = relay.receiver(1, "bob");
        relay.now += 10_000;
        client.nack(1, 0);
        client.nackDead(2, "dead");
        relay.pass(1_000);
        assertThat(client.delivered()).hasSize(2);
        assertThat(relay.deadLetters("bob")).isEmpty();
        assertThat(relay.storedFailures("bob")).containsExactly(0, 0);
    }

    @Test
    void extensionDoesNotGoBeyondTheDeadline() {
        relay.append("bob", "a", 10_000);
        FetchClient client = relay.receiver(1, "bob");
        client.extend(1, 100_000);
        relay.pass(10_000);
        client.extend(1, 100_000);
        assertThat(client.probes).isZero();
        assertThat(client.extendLost()).containsExactly(1L);
    }

    @Test
    void deadlineWhileThePongIsAwaitedCountsNoFailure() {
        relay.append("bob", "a", 61_000);
        FetchClient client = relay.receiver(1, "bob");
        relay.pass(60_000);
        assertThat(client.probes).isEqualTo(1);
        relay.pass(1_000);
        client.pong();
        assertThat(client.all(Frame.LeaseLost.class)).isEmpty();
        assertThat(relay.ledger.waiting()).isZero();
        assertThat(relay.deliveries.leased("bob")).isZero();
    }

    @Test
    void fifthFailureAtItsDeadlineMakesNoDeadLetter() {
        relay.append("bob", "a", 61_000);
        FetchClient client = relay.receiver(1, "bob");
        for (int number = 1; number <= 4; number++) {
            client.nack(number, 0);
        }
        relay.pass(60_000);
        relay.pass(1_000);
        client.pong();
        assertThat(relay.deadLetters("bob")).isEmpty();
        assertThat(relay.removed(Removal.EXPIRED)).isEqualTo(1);
    }

    @Test
    void version0GetsNothingPastItsDeadline() {
        relay.expires = false;
        relay.append("bob", "past", 10_000);
        relay.append("bob", "just", 10_001);
        relay.now += 10_000;
        assertThat(relay.fetch("key", "bob")).containsExactly("just");
    }

    @Test
    void whatIsKnownOfExpiredEnvelopesIsForgotten() {
        relay.append("bob", "leased", 10_000);
        relay.append("bob", "delayed", 10_000);
        relay.append("bob", "given back", 10_000);
        FetchClient client = relay.receiver(1, "bob");
        client.remove(1);
        client.nack(2, 100_000);
        client.nack(3, 0);
        relay.pass(130_000);
        assertThat(relay.deliveries.mailboxesKnown()).isZero();
        client.end();
        assertThat(relay.deliveries.alarmsSet()).isZero();
    }

    @Test
    void waitingInAFullOutletItIsNotHandedOutLate() {
        FetchClient client = relay.receiver(1, "bob");
        client.full = true;
        relay.append("bob", "short", 1_000);
        relay.append("bob", "long", 10_000);
        relay.arrived("bob");
        relay.pass(2_000);
        client.room();
        assertThat(client.payloads()).isEqualTo(List.of("long"));
    }
}
