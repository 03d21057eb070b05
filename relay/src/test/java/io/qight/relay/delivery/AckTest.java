package io.qight.relay.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.qight.store.Operation;
import io.qight.store.Removal;
import io.qight.wire.ErrorCode;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.Ranges;
import java.util.List;
import org.junit.jupiter.api.Test;

/** docs/protocol.md 6.7: each number of each ACK is answered once. */
class AckTest {
    private static final long HUGE = 1L << 61;

    private final DeliveryFixture relay = new DeliveryFixture();

    @Test
    void ackedIsToldWhenTheRemovalIsDurable() {
        relay.send("bob", "a");
        FetchClient client = relay.receiver(1, "bob");
        relay.commitsAtOnce = false;
        client.ack(1);
        relay.ledger.commit();
        relay.run();
        assertThat(client.acked()).isEmpty();
        relay.ledger.answer(relay.now);
        relay.run();
        assertThat(client.acked()).containsExactly(1L);
        assertThat(relay.waiting("bob")).isZero();
        assertThat(relay.removed(Removal.ACKED)).isEqualTo(1);
    }

    @Test
    void eachNumberOfEachAckIsAnsweredOnce() {
        relay.send("bob", "a", "b", "c");
        FetchClient client = relay.receiver(1, "bob");
        relay.commitsAtOnce = false;
        client.ack(1, 2);
        client.ack(2, 3);
        client.ack(2);
        relay.commitsAtOnce = true;
        relay.run();
        client.ack(1);
        assertThat(client.acked()).containsExactlyInAnyOrder(1L, 2L, 3L, 2L, 2L, 1L);
        assertThat(client.ackLost()).isEmpty();
    }

    @Test
    void acksOfOneTurnAreToldInOneFrame() {
        relay.send("bob", "a", "b", "c", "d");
        FetchClient client = relay.receiver(1, "bob");
        client.ack(1, 2, 4);
        assertThat(client.all(Frame.Acked.class))
                .containsExactly(new Frame.Acked(Ranges.ofSorted(new long[] {1, 2, 4})));
    }

    @Test
    void ackOfWhatWasNeverGivenOutIsABadNumber() {
        FetchClient client = relay.receiver(1, "bob");
        client.ack(1);
        assertThat(client.failure).isEqualTo(ErrorCode.BAD_NUMBER);
        FetchClient other = relay.receiver(2, "bob");
        relay.send("bob", "a");
        other.ackRange(1, 2);
        assertThat(other.failure).isEqualTo(ErrorCode.BAD_NUMBER);
        assertThat(relay.waiting("bob")).isEqualTo(1);
        FetchClient third = relay.receiver(3, "bob");
        third.nack(1, 0);
        assertThat(third.failure).isEqualTo(ErrorCode.BAD_NUMBER);
        FetchClient fourth = relay.receiver(4, "bob");
        fourth.extend(1, 0);
        assertThat(fourth.failure).isEqualTo(ErrorCode.BAD_NUMBER);
    }

    @Test
    void hugeRangesAreAnsweredWithoutLookingAtEachNumber() {
        relay.send("bob", "a", "b");
        FetchClient client = relay.client(1);
        client.known = HUGE;
        client.subscribe();
        client.add("bob");
        client.ackRange(1, HUGE + 1);
        client.ackRange(1, HUGE + 2);
        client.send(new Frame.Nack(Ranges.of(1, HUGE + 2), 0, false, ""));
        client.send(new Frame.Extend(Ranges.of(1, HUGE), 5_000));
        assertThat(client.all(Frame.Acked.class).stream().map(Frame.Acked::deliveries))
                .containsExactly(
                        Ranges.of(HUGE + 1, HUGE + 1),
                        Ranges.of(HUGE + 1, HUGE + 1),
                        Ranges.of(HUGE + 2, HUGE + 2));
        assertThat(client.all(Frame.LeaseLost.class).stream().map(Frame.LeaseLost::deliveries))
                .containsExactly(Ranges.of(1, HUGE), Ranges.of(1, HUGE), Ranges.of(1, HUGE));
    }

    @Test
    void lateAckStillRemovesWhatNobodyElseHolds() {
        relay.send("bob", "a");
        FetchClient client = relay.receiver(1, "bob");
        client.remove(1);
        relay.pass(60_000);
        client.pong();
        client.ack(1);
        assertThat(client.unaskedLost()).containsExactly(1L);
        assertThat(client.acked()).containsExactly(1L);
        assertThat(relay.waiting("bob")).isZero();
    }

    @Test
    void lateAckOfALeaseThatAnotherHasIsLost() {
        relay.send("bob", "a");
        FetchClient client = relay.receiver(1, "bob");
        client.remove(1);
        FetchClient other = relay.receiver(2, "bob");
        relay.pass(60_000);
        client.pong();
        assertThat(other.payloads()).containsExactly("a");
        client.ack(1);
        client.ack(1);
        assertThat(client.ackLost()).containsExactly(1L, 1L);
        other.ack(1);
        assertThat(other.acked()).containsExactly(1L);
        client.ack(1);
        assertThat(client.ackLost()).containsExactly(1L, 1L, 1L);
    }

    @Test
    void lateAckOfALeaseThatVersion0HasIsLost() {
        relay.send("bob", "a");
        FetchClient client = relay.receiver(1, "bob");
        client.remove(1);
        relay.pass(60_000);
        client.pong();
        assertThat(relay.fetch("key", "bob")).containsExactly("a");
        client.ack(1);
        assertThat(client.ackLost()).containsExactly(1L);
        relay.deliveries.giveBack("key");
        client.ack(1);
        assertThat(client.acked()).containsExactly(1L);
    }

    @Test
    void ackOfAnOlderNumberRemovesWhatOneHoldsUnderANewer() {
        relay.send("bob", "a");
        FetchClient client = relay.receiver(1, "bob");
        relay.pass(60_000);
        client.pong();
        assertThat(client.delivered()).containsExactly(1L, 2L);
        client.ack(1);
        assertThat(client.acked()).containsExactly(1L);
        assertThat(relay.waiting("bob")).isZero();
        client.ack(2);
        assertThat(client.ackLost()).containsExactly(2L);
        relay.pass(100_000);
        client.pong();
        assertThat(client.unaskedLost()).containsExactly(1L);
    }

    @Test
    void bothNumbersOfOneEnvelopeInOneAckAreAnswered() {
        relay.send("bob", "a");
        FetchClient client = relay.receiver(1, "bob");
        relay.pass(60_000);
        client.pong();
        client.ack(1, 2);
        assertThat(client.acked().size() + client.ackLost().size()).isEqualTo(2);
        assertThat(client.acked()).hasSize(1);
        assertThat(relay.removed(Removal.ACKED)).isEqualTo(1);
    }

    @Test
    void nackedNumberIsNotAckedLater() {
        relay.send("bob", "a");
        FetchClient client = relay.receiver(1, "bob");
        client.nack(1, 5_000);
        client.ack(1);
        assertThat(client.ackLost()).containsExactly(1L);
        relay.pass(5_000);
        assertThat(client.payloads()).containsExactly("a", "a");
    }

    @Test
    void nackAfterTheEndOfTheLeaseAlsoBarsTheAck() {
        relay.send("bob", "a");
        FetchClient client = relay.receiver(1, "bob");
        client.remove(1);
        relay.pass(60_000);
        client.pong();
        client.nack(1, 0);
        client.ack(1);
        assertThat(client.ackLost()).containsExactly(1L);
    }

    @Test
    void ackOfADelayedNewerNumberStillWorksUnderTheOlder() {
        relay.send("bob", "a");
        FetchClient client = relay.receiver(1, "bob");
        relay.pass(60_000);
        client.pong();
        client.nack(2, 100_000);
        client.ack(1);
        assertThat(client.acked()).containsExactly(1L);
        relay.pass(200_000);
        assertThat(client.delivered()).hasSize(2);
    }

    @Test
    void ackThatWaitsForTheWriterWhileTheDeadlinePassesIsLost() {
        relay.append("bob", "short", 1_000);
        FetchClient client = relay.receiver(1, "bob");
        relay.commitsAtOnce = false;
        client.ack(1);
        relay.pass(1_000);
        relay.commitsAtOnce = true;
        relay.run();
        assertThat(client.ackLost()).containsExactly(1L);
        assertThat(relay.removed(Removal.EXPIRED)).isEqualTo(1);
    }

    @Test
    void numbersOfAtLeast1024OthersAreKnown() {
        FetchClient client = relay.receiver(1, "bob");
        for (int i = 0; i < 3_000; i++) {
            relay.append("bob", "x", 600_000);
        }
        relay.arrived("bob");
        client.ackRange(1, 1_000);
        client.ackRange(1_001, 2_000);
        client.ack(1_000);
        assertThat(client.acked()).hasSize(2_001);
        client.ackRange(977, 2_000);
        assertThat(client.acked()).hasSize(3_025);
        assertThat(client.ackLost()).isEmpty();
    }

    @Test
    void olderNumbersAreAnsweredAsGone() {
        FetchClient client = relay.receiver(1, "bob");
        for (int round = 0; round < 50; round++) {
            for (int i = 0; i < 100; i++) {
                relay.append("bob", "x", 600_000);
            }
            relay.arrived("bob");
            client.ackRange(round * 100L + 1, round * 100L + 100);
        }
        assertThat(client.acked()).hasSize(5_000);
        client.ack(1);
        client.ack(5_000);
        assertThat(client.ackLost()).containsExactly(1L);
        assertThat(client.acked()).hasSize(5_001);
    }

    @Test
    void leasedNumbersAreKnownHoweverOld() {
        FetchClient client = relay.receiver(1, "bob");
        relay.send("bob", "old");
        for (int round = 0; round < 50; round++) {
            for (int i = 0; i < 100; i++) {
                relay.append("bob", "x", 600_000);
            }
            relay.arrived("bob");
            client.ackRange(round * 100L + 2, round * 100L + 101);
        }
        client.ack(1);
        assertThat(client.acked()).hasSize(5_001).endsWith(1L);
        assertThat(client.ackLost()).isEmpty();
    }

    @Test
    void envelopeThatIsGoneOtherwiseIsLost() {
        relay.send("bob", "a");
        FetchClient client = relay.receiver(1, "bob");
        relay.store.commit(List.of(new Operation.Remove("bob", 1, Removal.PURGED)));
        client.ack(1);
        assertThat(client.ackLost()).containsExactly(1L);
        client.ack(1);
        assertThat(client.ackLost()).containsExactly(1L, 1L);
    }
}
