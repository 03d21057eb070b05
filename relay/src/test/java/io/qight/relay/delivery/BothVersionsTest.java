package io.qight.relay.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.qight.store.Removal;
import io.qight.wire.v1.Frame;
import java.util.List;
import org.junit.jupiter.api.Test;

/** docs/protocol.md 6.10: one mailbox, receivers of both versions. */
class BothVersionsTest {
    private static final String TOO_LONG_FOR_VERSION_1 = "s".repeat(300);

    private final DeliveryFixture relay = new DeliveryFixture();

    @Test
    void eachVersionReadsTheOthersEnvelopes() {
        relay.appendSeed("bob", "alice", "old");
        relay.send("bob", "new");
        FetchClient client = relay.receiver(1, "bob");
        assertThat(client.payloads()).containsExactly("old", "new");
        client.end();
        assertThat(relay.fetch("key", "bob")).containsExactly("old", "new");
    }

    @Test
    void nothingIsHandedToBoth() {
        relay.send("bob", "a", "b");
        FetchClient client = relay.client(1);
        client.creditEnvelopes = 1;
        client.subscribe();
        client.add("bob");
        assertThat(relay.fetch("key", "bob")).containsExactly("b");
        client.credit(10, 10_000);
        assertThat(client.payloads()).containsExactly("a");
        assertThat(relay.deliveries.leased("bob")).isEqualTo(2);
    }

    @Test
    void whatOneGivesBackTheOtherGets() {
        relay.send("bob", "a", "b");
        relay.fetch("key", "bob");
        FetchClient client = relay.receiver(1, "bob");
        assertThat(client.delivered()).isEmpty();
        relay.deliveries.giveBack("key");
        relay.run();
        assertThat(client.payloads()).containsExactly("a", "b");
        client.ack(2);
        client.end();
        assertThat(relay.fetch("key", "bob")).containsExactly("a");
    }

    @Test
    void ackOfEitherRemovesForBoth() {
        relay.send("bob", "a", "b");
        relay.fetch("key", "bob");
        relay.deliveries.acknowledge("key");
        FetchClient client = relay.receiver(1, "bob");
        assertThat(client.delivered()).isEmpty();
        relay.run();
        assertThat(relay.removed(Removal.ACKED)).isEqualTo(2);
        assertThat(client.delivered()).isEmpty();
    }

    @Test
    void failedRemovalOfVersion0ComesBackToVersion1() {
        relay.send("bob", "a");
        relay.fetch("key", "bob");
        relay.commitsAtOnce = false;
        relay.deliveries.acknowledge("key");
        FetchClient client = relay.receiver(1, "bob");
        relay.ledger.failAll(relay.now);
        relay.run();
        assertThat(client.payloads()).containsExactly("a");
    }

    @Test
    void unfitEnvelopeStaysForItsOwnVersion() {
        relay.send("bob", "a");
        relay.appendSeed("bob", TOO_LONG_FOR_VERSION_1, "unfit");
        relay.send("bob", "b");
        FetchClient client = relay.receiver(1, "bob");
        assertThat(client.payloads()).containsExactly("a", "b");
        assertThat(relay.fetch("key", "bob")).containsExactly("unfit");
        relay.deliveries.giveBack("key");
        relay.run();
        assertThat(client.delivered()).hasSize(2);
        assertThat(relay.fetch("key", "bob")).containsExactly("unfit");
        relay.deliveries.acknowledge("key");
        relay.run();
        client.ackRange(1, 2);
        assertThat(relay.waiting("bob")).isZero();
    }

    @Test
    void manyUnfitEnvelopesBetweenOthersAreSteppedOver() {
        FetchClient client = relay.receiver(1, "bob");
        for (int i = 0; i < 3_000; i++) {
            relay.appendSeed("bob", i % 2 == 0 ? TOO_LONG_FOR_VERSION_1 : "alice", "m" + i);
        }
        relay.arrived("bob");
        client.ackRange(1, 1_000);
        client.ackRange(1_001, 1_500);
        assertThat(client.delivered()).hasSize(1_500);
        assertThat(relay.waiting("bob")).isEqualTo(1_500);
        assertThat(relay.fetch("key", "bob")).hasSize(1_500);
    }

    @Test
    void whatWasLeftOutIsNotGivenBackWhileAnotherHoldsIt() {
        relay.send("bob", "a", "b", "c");
        relay.fetch("key", "bob");
        relay.deliveries.leaveOut("key", 2);
        FetchClient client = relay.receiver(1, "bob");
        assertThat(client.payloads()).containsExactly("b");
        FetchClient other = relay.receiver(2, "bob");
        relay.deliveries.giveBack("key");
        relay.run();
        assertThat(client.payloads().size() + other.payloads().size()).isEqualTo(3);
        assertThat(client.payloads()).doesNotContainAnyElementsOf(other.payloads());
    }

    @Test
    void countsOfVersion1AreForgottenWhenVersion0RemovesTheEnvelope() {
        relay.send("bob", "a");
        FetchClient client = relay.receiver(1, "bob");
        client.nack(1, 1_000);
        client.end();
        relay.pass(1_000);
        relay.fetch("key", "bob");
        relay.deliveries.acknowledge("key");
        relay.run();
        assertThat(relay.deliveries.mailboxesKnown()).isZero();
    }

    @Test
    void sliceThatCannotBeReadLeavesNothingLeased() {
        relay.send("bob", "a");
        relay.deliveries.startFetch("key", "bob");
        assertThat(relay.deliveries.readSlice("key", 1, relay.now))
                .isInstanceOf(SliceAnswer.TooLarge.class);
        assertThat(relay.deliveries.leased("bob")).isZero();
        FetchClient client = relay.receiver(1, "bob");
        assertThat(client.payloads()).containsExactly("a");
        relay.deliveries.giveBack("key");
        assertThat(client.all(Frame.Deliver.class)).hasSize(1);
    }

    @Test
    void giveBackOfOneFetchDoesNotTouchAnothers() {
        relay.send("bob", "a", "b");
        relay.deliveries.startFetch("one", "bob");
        relay.deliveries.readSlice("one", bytesOfOne(), relay.now);
        assertThat(relay.fetch("two", "bob")).containsExactly("b");
        relay.deliveries.giveBack("one");
        assertThat(relay.fetch("three", "bob")).isEqualTo(List.of("a"));
    }

    private static long bytesOfOne() {
        return 120;
    }
}
