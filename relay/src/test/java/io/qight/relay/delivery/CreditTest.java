package io.qight.relay.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.qight.wire.v1.Frame;
import org.junit.jupiter.api.Test;

/** docs/protocol.md 6.7: what may be unacknowledged at a time. */
class CreditTest {
    private static final int ENVELOPE_BYTES =
            DeliveryFixture.encode("bob", "x".repeat(1000), 600_000).readableBytes();

    private final DeliveryFixture relay = new DeliveryFixture();

    @Test
    void noMoreEnvelopesThanTheCreditAreUnacknowledged() {
        relay.send("bob", "a", "b", "c", "d");
        FetchClient client = receiver(2, 1 << 20);
        assertThat(client.payloads()).containsExactly("a", "b");
        client.ack(1);
        assertThat(client.payloads()).containsExactly("a", "b", "c");
    }

    @Test
    void noMoreBytesThanTheCreditAreUnacknowledged() {
        sendLarge(4);
        FetchClient client = receiver(100, 2L * ENVELOPE_BYTES);
        assertThat(client.delivered()).containsExactly(1L, 2L);
        client.ack(2);
        assertThat(client.delivered()).containsExactly(1L, 2L, 3L);
        FetchClient tight = relay.client(2);
        tight.creditBytes = 2L * ENVELOPE_BYTES - 1;
        tight.subscribe();
        tight.add("bob");
        assertThat(tight.delivered()).containsExactly(1L);
    }

    @Test
    void oneEnvelopeIsAlwaysPossibleAloneWhateverItsSize() {
        sendLarge(2);
        FetchClient client = receiver(100, 1);
        assertThat(client.delivered()).containsExactly(1L);
        client.ack(1);
        assertThat(client.delivered()).containsExactly(1L, 2L);
    }

    @Test
    void zeroPauses() {
        relay.send("bob", "a");
        FetchClient none = receiver(0, 1 << 20);
        FetchClient noBytes = relay.client(2);
        noBytes.creditBytes = 0;
        noBytes.subscribe();
        noBytes.add("bob");
        assertThat(none.delivered()).isEmpty();
        assertThat(noBytes.delivered()).isEmpty();
        noBytes.credit(1, 1);
        assertThat(noBytes.payloads()).containsExactly("a");
    }

    @Test
    void creditIsSetAnewAndNotAdded() {
        relay.send("bob", "a", "b", "c", "d", "e");
        FetchClient client = receiver(2, 1 << 20);
        client.credit(3, 1 << 20);
        assertThat(client.delivered()).hasSize(3);
        client.credit(1, 1 << 20);
        client.ack(1);
        client.ack(2);
        assertThat(client.delivered()).hasSize(3);
        client.ack(3);
        assertThat(client.delivered()).hasSize(4);
    }

    @Test
    void creditComesBackWithTheAckAndNotWithItsAnswer() {
        relay.send("bob", "a", "b");
        FetchClient client = receiver(1, 1 << 20);
        relay.commitsAtOnce = false;
        client.ack(1);
        assertThat(client.acked()).isEmpty();
        assertThat(client.payloads()).containsExactly("a", "b");
    }

    @Test
    void nackGivesCreditBack() {
        relay.send("bob", "a", "b");
        FetchClient client = receiver(1, 1 << 20);
        client.nack(1, 5_000);
        assertThat(client.payloads()).containsExactly("a", "b");
    }

    @Test
    void secondAckOrNackGivesNothingMoreBack() {
        relay.send("bob", "a", "b", "c", "d", "e", "f");
        FetchClient client = receiver(2, 1 << 20);
        client.nack(1, 100_000);
        client.nack(1, 100_000);
        client.ack(1);
        client.ack(1);
        assertThat(client.delivered()).hasSize(3);
        client.ack(2);
        client.ack(2);
        client.nack(2, 0);
        assertThat(client.delivered()).hasSize(4);
    }

    @Test
    void leaseThatEndedCountsUntilAckOrNack() {
        relay.send("bob", "a", "b");
        FetchClient client = receiver(1, 1 << 20);
        FetchClient other = relay.client(2);
        other.creditEnvelopes = 1;
        other.subscribe();
        other.add("bob");
        other.credit(0, 0);
        relay.pass(60_000);
        client.pong();
        assertThat(client.unaskedLost()).containsExactly(1L);
        assertThat(client.delivered()).containsExactly(1L);
        client.nack(1, 0);
        assertThat(client.payloads()).containsExactly("a", "a");
    }

    @Test
    void deadlineThatPassedCountsUntilAckOrNack() {
        relay.append("bob", "short", 1_000);
        relay.append("bob", "long", 100_000);
        FetchClient client = receiver(1, 1 << 20);
        relay.pass(2_000);
        assertThat(client.payloads()).containsExactly("short");
        client.ack(1);
        assertThat(client.ackLost()).containsExactly(1L);
        assertThat(client.payloads()).containsExactly("short", "long");
    }

    @Test
    void onlyWhatIsHeldCountsOnANewStream() {
        relay.send("bob", "a", "b", "c", "d", "e", "f");
        FetchClient first = receiver(3, 1 << 20);
        first.lose();
        FetchClient second = first.again().subscribe(3);
        second.add("bob");
        assertThat(second.payloads()).containsExactly("a", "b");
        second.ack(1);
        assertThat(second.delivered()).hasSize(2);
        second.ack(3);
        assertThat(second.delivered()).hasSize(3);
    }

    @Test
    void heldAndAckedCountsNoMoreOnANewStream() {
        relay.send("bob", "a", "b");
        FetchClient first = receiver(1, 1 << 20);
        relay.commitsAtOnce = false;
        first.credit(0, 0);
        first.ack(1);
        first.lose();
        FetchClient second = first.again();
        second.subscribe(1);
        second.add("bob");
        assertThat(second.payloads()).containsExactly("b");
        relay.commitsAtOnce = true;
        second.ack(1);
        assertThat(second.delivered()).hasSize(1);
    }

    @Test
    void creditIsSharedByAllMailboxes() {
        relay.send("bob", "a", "b");
        relay.send("eve", "c", "d");
        FetchClient client = relay.client(1);
        client.creditEnvelopes = 3;
        client.subscribe();
        client.add("bob");
        client.add("eve");
        assertThat(client.delivered()).hasSize(3);
    }

    @Test
    void creditAboveTheLimitIsBroughtDown() {
        for (int i = 0; i < 65_600; i++) {
            relay.append("bob", "x", 600_000);
        }
        FetchClient client = receiver(1L << 60, 1L << 60);
        assertThat(client.delivered()).hasSize(65_536);
    }

    @Test
    void removedMailboxStillCounts() {
        relay.send("bob", "a");
        relay.send("eve", "b");
        FetchClient client = receiver(1, 1 << 20);
        client.remove(1);
        client.add("eve");
        assertThat(client.payloads()).containsExactly("a");
        client.ack(1);
        assertThat(client.payloads()).containsExactly("a", "b");
        assertThat(client.all(Frame.Acked.class)).hasSize(1);
    }

    private FetchClient receiver(long envelopes, long bytes) {
        FetchClient client = relay.client(1);
        client.creditEnvelopes = envelopes;
        client.creditBytes = bytes;
        client.subscribe();
        client.add("bob");
        return client;
    }

    private void sendLarge(int count) {
        for (int i = 0; i < count; i++) {
            relay.send("bob", "x".repeat(1000));
        }
    }
}
