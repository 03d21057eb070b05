package io.qight.relay.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.qight.wire.v1.Frame;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** docs/protocol.md 6.7: order, and who has the next turn. */
class TurnsTest {
    private final DeliveryFixture relay = new DeliveryFixture();

    @Test
    void whatWaitsComesInTheOrderOfTheMailboxAndThenWhatArrives() {
        relay.send("bob", "a", "b");
        FetchClient client = relay.receiver(1, "bob");
        relay.send("bob", "c", "d");
        assertThat(client.payloads()).containsExactly("a", "b", "c", "d");
        assertThat(client.delivered()).containsExactly(1L, 2L, 3L, 4L);
    }

    @Test
    void otherMailboxesBetweenDoNotDisturbTheOrder() {
        FetchClient client = relay.receiver(1, "bob");
        for (int i = 0; i < 100; i++) {
            relay.append(i % 3 == 0 ? "eve" : "bob", "" + i, 600_000);
        }
        relay.arrived("bob");
        assertThat(client.payloads())
                .isEqualTo(
                        IntStream.range(0, 100)
                                .filter(i -> i % 3 != 0)
                                .mapToObj(i -> "" + i)
                                .toList());
    }

    @Test
    void whatCameBackWithoutFailureGoesBeforeWhatIsNew() {
        relay.send("bob", "a", "b", "c", "d");
        FetchClient client = relay.client(1);
        client.creditEnvelopes = 2;
        client.subscribe();
        client.add("bob");
        FetchClient other = relay.receiver(2);
        client.end();
        other.add("bob");
        assertThat(other.payloads()).containsExactly("a", "b", "c", "d");
    }

    @Test
    void sharedReceiversGetEachEnvelopeOnceInTurns() {
        FetchClient first = relay.receiver(1, "bob");
        FetchClient second = relay.receiver(2, "bob");
        relay.send("bob", "a", "b", "c", "d");
        assertThat(first.payloads()).containsExactly("a", "c");
        assertThat(second.payloads()).containsExactly("b", "d");
    }

    @Test
    void slowReceiverHoldsUpOnlyItself() {
        FetchClient slow = relay.receiver(1, "bob");
        FetchClient quick = relay.receiver(2, "bob");
        slow.full = true;
        relay.send("bob", "a", "b");
        slow.full = false;
        slow.refusing = true;
        relay.send("bob", "c", "d");
        assertThat(slow.delivered()).isEmpty();
        assertThat(quick.payloads()).containsExactly("a", "b", "c", "d");
    }

    @Test
    void whatIsTooLargeNowHoldsUpNothingBeyondItsDeadline() {
        FetchClient client = relay.client(1);
        client.creditBytes = 300;
        client.subscribe();
        client.add("bob");
        relay.send("bob", "a");
        relay.append("bob", "x".repeat(500), 5_000);
        relay.append("bob", "b", 600_000);
        relay.arrived("bob");
        assertThat(client.payloads()).containsExactly("a");
        relay.pass(5_000);
        assertThat(client.payloads()).containsExactly("a", "b");
    }

    @Test
    void receiverWithoutCreditHoldsUpOnlyItself() {
        FetchClient slow = relay.client(1);
        slow.creditEnvelopes = 1;
        slow.subscribe();
        slow.add("bob");
        FetchClient quick = relay.receiver(2, "bob");
        relay.send("bob", "a", "b", "c", "d", "e");
        assertThat(slow.delivered()).hasSize(1);
        assertThat(quick.delivered()).hasSize(4);
    }

    @Test
    void fullOutletGetsTheRestOnceItHasRoom() {
        FetchClient client = relay.receiver(1, "bob");
        client.full = true;
        relay.send("bob", "a", "b");
        assertThat(client.delivered()).isEmpty();
        client.room();
        assertThat(client.payloads()).containsExactly("a", "b");
        client.refusing = true;
        relay.send("bob", "c");
        assertThat(client.delivered()).hasSize(2);
        client.room();
        assertThat(client.payloads()).containsExactly("a", "b", "c");
    }

    @Test
    void mailboxesOfAReceiverTakeTurns() {
        FetchClient client = relay.client(1);
        client.creditEnvelopes = 10;
        client.subscribe();
        client.add("big");
        client.add("small");
        for (int i = 0; i < 1000; i++) {
            relay.append("big", "big" + i, 600_000);
        }
        relay.arrived("big");
        relay.send("small", "s1", "s2");
        for (int round = 0; round < 8 && !client.payloads().contains("s2"); round++) {
            ackAll(client);
        }
        assertThat(client.payloads()).contains("s1", "s2");
    }

    @Test
    void busyMailboxDoesNotStarveAnother() {
        FetchClient client = relay.client(1);
        client.creditEnvelopes = 10;
        client.subscribe();
        client.add("backlog");
        client.add("busy");
        for (int i = 0; i < 100; i++) {
            relay.append("backlog", "old" + i, 600_000);
        }
        relay.arrived("backlog");
        for (int round = 0; round < 40; round++) {
            for (int i = 0; i < 10; i++) {
                relay.append("busy", "new", 600_000);
            }
            relay.deliveries.arrived("busy", List.of());
            ackAll(client);
        }
        long old = client.payloads().stream().filter(one -> one.startsWith("old")).count();
        assertThat(old).isEqualTo(100);
    }

    @Test
    void smallEnvelopesDoNotStarveALargeOne() {
        FetchClient client = relay.client(1);
        client.creditBytes = 10_000;
        client.subscribe();
        client.add("large");
        client.add("small");
        for (int i = 0; i < 20; i++) {
            relay.append("small", "x".repeat(800), 600_000);
        }
        relay.arrived("small");
        relay.send("large", "y".repeat(6_000));
        for (int round = 0; round < 40; round++) {
            relay.append("small", "x".repeat(800), 600_000);
            relay.deliveries.arrived("small", List.of());
            client.ack(client.delivered().get(round));
        }
        assertThat(client.payloads()).anyMatch(one -> one.startsWith("y"));
    }

    @Test
    void mailboxThatAnotherReceiverEmptiedHoldsUpNothing() {
        FetchClient client = relay.client(1);
        client.creditEnvelopes = 1;
        client.subscribe();
        client.add("bob");
        client.add("eve");
        relay.send("bob", "a", "b");
        assertThat(client.payloads()).containsExactly("a");
        FetchClient other = relay.receiver(2, "bob");
        assertThat(other.payloads()).containsExactly("b");
        client.ack(1);
        relay.send("eve", "c");
        assertThat(client.payloads()).containsExactly("a", "c");
    }

    @Test
    void removedMailboxHoldsUpNothing() {
        FetchClient client = relay.client(1);
        client.creditBytes = 1_000;
        client.subscribe();
        client.add("small");
        client.add("large");
        relay.send("small", "s");
        relay.send("large", "y".repeat(2_000));
        relay.send("small", "t");
        client.remove(2);
        assertThat(client.payloads()).containsExactly("s", "t");
    }

    @Test
    void deliveryNumbersGrowByOneWhateverIsRefused() {
        FetchClient client = relay.receiver(1, "bob");
        relay.send("bob", "a");
        client.refusing = true;
        relay.send("bob", "b");
        client.room();
        relay.send("bob", "c");
        assertThat(client.delivered()).containsExactly(1L, 2L, 3L);
        assertThat(client.all(Frame.Deliver.class)).allMatch(one -> one.deliveries() == 1);
    }

    private static void ackAll(FetchClient client) {
        List<Long> delivered = client.delivered();
        client.ackRange(1, delivered.get(delivered.size() - 1));
    }
}
