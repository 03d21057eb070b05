package io.qight.relay.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.qight.store.Removal;
import io.qight.wire.v1.Frame;
import org.junit.jupiter.api.Test;

/** What is over leaves nothing behind. */
class MemoryTest {
    private final DeliveryFixture relay = new DeliveryFixture();

    @Test
    void millionEnvelopesLeaveNothingBehind() {
        FetchClient client = relay.client(1);
        client.creditEnvelopes = 2_000;
        client.subscribe();
        client.add("bob");
        for (int round = 0; round < 1_000; round++) {
            for (int i = 0; i < 1_000; i++) {
                relay.append("bob", "", 600_000);
            }
            relay.arrived("bob");
            client.frames.clear();
            client.ackRange(round * 1_000L + 1, round * 1_000L + 1_000);
        }
        assertThat(relay.removed(Removal.ACKED)).isEqualTo(1_000_000);
        assertThat(relay.deliveries.numbersKnown()).isLessThanOrEqualTo(2_001);
        assertThat(relay.deliveries.rangesKnown()).isLessThanOrEqualTo(3);
        assertThat(relay.deliveries.alarmsSet()).isZero();
        client.end();
        assertNothingIsKnown();
    }

    @Test
    void nacksBetweenAcksLeaveAWindowOnly() {
        FetchClient client = relay.client(1);
        client.creditEnvelopes = 10;
        client.subscribe();
        client.add("bob");
        for (int round = 0; round < 10_000; round++) {
            relay.append("bob", "", 600_000);
            relay.append("bob", "", 600_000);
            relay.arrived("bob");
            long first = 3L * round + 1;
            client.ack(first);
            client.nack(first + 1, 0);
            client.ack(first + 2);
        }
        assertThat(relay.waiting("bob")).isZero();
        assertThat(relay.deliveries.numbersKnown()).isLessThanOrEqualTo(1_100);
        client.end();
        assertNothingIsKnown();
    }

    @Test
    void unfitEnvelopesThatAreGoneLeaveNoRanges() {
        relay.receiver(1, "bob");
        for (int i = 0; i < 2_000; i++) {
            relay.appendSeed("bob", i % 2 == 0 ? "s".repeat(300) : "alice", "m");
            relay.arrived("bob");
        }
        relay.pass(700_000);
        assertThat(relay.deliveries.rangesKnown()).isLessThanOrEqualTo(10);
    }

    @Test
    void mailboxesThatNobodyReceivesFromAreForgotten() {
        for (int i = 0; i < 1_000; i++) {
            relay.send("m" + i, "a");
            relay.fetch("key" + i, "m" + i);
            relay.deliveries.acknowledge("key" + i);
            relay.fetch("empty" + i, "m" + i);
            relay.deliveries.giveBack("empty" + i);
        }
        relay.run();
        assertNothingIsKnown();
    }

    @Test
    void whatWasTooLargeForItsReceiverIsForgottenWithIt() {
        FetchClient client = relay.client(1);
        client.creditBytes = 300;
        client.subscribe();
        client.add("bob");
        relay.append("bob", "a", 5_000);
        relay.append("bob", "x".repeat(500), 600_000);
        relay.arrived("bob");
        client.end();
        relay.pass(120_000);
        assertNothingIsKnown();
    }

    @Test
    void lostSubscriptionsAreForgotten() {
        for (int i = 0; i < 100; i++) {
            relay.send("m" + i, "a", "b");
            FetchClient client = relay.receiver(i, "m" + i);
            client.ack(1);
            client.lose();
        }
        relay.pass(700_000);
        assertNothingIsKnown();
    }

    @Test
    void lostSubscriptionsThatHadNothingAreBounded() {
        FetchClient first = relay.receiver(1, "first");
        first.lose();
        relay.send("second", "a");
        FetchClient second = relay.receiver(2, "second");
        second.lose();
        for (int i = 0; i < Subscriptions.LOST_BARE_MAX; i++) {
            relay.receiver(10 + i, "m" + i).lose();
        }
        assertThat(relay.deliveries.subscriptions()).isEqualTo(Subscriptions.LOST_BARE_MAX + 1);
        assertThat(first.again().subscribe().last(Frame.Subscribed.class).resumed()).isFalse();
        assertThat(second.again().subscribe(1).held()).containsExactly(1L);
        relay.pass(700_000);
    }

    private void assertNothingIsKnown() {
        assertThat(relay.deliveries.subscriptions()).isZero();
        assertThat(relay.deliveries.streams()).isZero();
        assertThat(relay.deliveries.mailboxesKnown()).isZero();
        assertThat(relay.deliveries.alarmsSet()).isZero();
        assertThat(relay.deliveries.numbersKnown()).isZero();
    }
}
