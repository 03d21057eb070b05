package io.qight.relay.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.qight.store.MemoryStore;
import io.qight.store.Removal;
import io.qight.wire.v1.EnvelopeCodec;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.Ranges;
import org.junit.jupiter.api.Test;

/** docs/protocol.md 6.7 and 6.8: envelopes that are put aside. */
class DeadLettersTest {
    private final DeliveryFixture relay = new DeliveryFixture();

    @Test
    void deadEnvelopeKeepsItsBytesReasonAndTime() {
        relay.send("bob", "a");
        FetchClient client = relay.receiver(1, "bob");
        relay.pass(1_234);
        client.nackDead(1, "no such order");
        DeadLetter letter = relay.deadLetters("bob").get(0);
        assertThat(letter.reason()).isEqualTo("no such order");
        assertThat(letter.format()).isEqualTo(EnvelopeFormat.V1);
        assertThat(letter.failures()).isEqualTo(1);
        assertThat(letter.buriedMillis()).isEqualTo(relay.now);
        assertThat(EnvelopeCodec.decode(Unpooled.wrappedBuffer(letter.envelope()), 0).payloadText())
                .isEqualTo("a");
        assertThat(relay.waiting("bob")).isZero();
        assertThat(relay.deliveries.leased("bob")).isZero();
    }

    @Test
    void longestReasonFits() {
        relay.send("bob", "a");
        FetchClient client = relay.receiver(1, "bob");
        client.nackDead(1, "é".repeat(512));
        assertThat(relay.deadLetters("bob").get(0).reason()).isEqualTo("é".repeat(512));
    }

    @Test
    void copyIsDurableBeforeTheEnvelopeIsRemoved() {
        relay.send("bob", "a");
        FetchClient client = relay.receiver(1, "bob");
        relay.commitsAtOnce = false;
        client.nackDead(1, "dead");
        relay.ledger.commit();
        assertThat(relay.deadLetters("bob")).hasSize(1);
        assertThat(relay.waiting("bob")).isEqualTo(1);
        assertThat(relay.ledger.commit()).isFalse();
        relay.ledger.answer(relay.now);
        relay.ledger.commit();
        assertThat(relay.waiting("bob")).isZero();
    }

    @Test
    void onItsWayItIsGivenToNobody() {
        relay.send("bob", "a");
        FetchClient client = relay.receiver(1, "bob");
        relay.commitsAtOnce = false;
        client.nackDead(1, "dead");
        client.end();
        assertThat(relay.receiver(2, "bob").delivered()).isEmpty();
        assertThat(relay.fetch("key", "bob")).isEmpty();
        relay.deliveries.giveBack("key");
        relay.commitsAtOnce = true;
        relay.run();
        assertThat(relay.deadLetters("bob")).hasSize(1);
        assertThat(relay.waiting("bob")).isZero();
    }

    @Test
    void whatTheStoreHasNoRoomForWaitsAndIsPutAsideLater() {
        int bytes = DeliveryFixture.encode("bob", "a", 600_000).readableBytes();
        DeliveryFixture tight =
                new DeliveryFixture(
                        new MemoryStore(2L * bytes), DeliverySettings.of(DeliveryFixture.LIMITS));
        tight.send("bob", "a", "b");
        FetchClient client = tight.receiver(1, "bob");
        client.nackDead(1, "dead");
        assertThat(tight.waiting("bob")).isEqualTo(2);
        assertThat(tight.deadLetters("bob")).isEmpty();
        client.ack(2);
        tight.pass(29_999);
        assertThat(client.delivered()).hasSize(2);
        tight.pass(1);
        assertThat(client.payloads()).containsExactly("a", "b", "a");
    }

    @Test
    void mailboxKeepsTheNewestThousand() {
        FetchClient client = relay.receiver(1, "bob");
        for (int i = 0; i < 1_005; i++) {
            relay.append("bob", "m" + i, 600_000);
        }
        relay.arrived("bob");
        for (int i = 1; i <= 1_005; i++) {
            client.send(new Frame.Nack(Ranges.of(i, i), 0, true, "r" + i));
        }
        client.ackRange(1, 1000);
        assertThat(relay.deadLetters("bob")).hasSize(1_000);
        assertThat(relay.deadLetters("bob").get(0).reason()).isEqualTo("r6");
        assertThat(relay.deadLetters("bob").get(999).reason()).isEqualTo("r1005");
        assertThat(relay.removed(Removal.PURGED)).isEqualTo(5);
        assertThat(relay.removed(Removal.DEAD)).isEqualTo(1_005);
    }

    @Test
    void deadLettersLiveSevenDays() {
        relay.send("bob", "a");
        relay.receiver(1, "bob").nackDead(1, "dead");
        relay.pass(604_799_999);
        assertThat(relay.deadLetters("bob")).hasSize(1);
        relay.pass(1);
        assertThat(relay.deadLetters("bob")).isEmpty();
    }

    @Test
    void unreadableEnvelopeStaysAndOthersAreStillPutAside() {
        relay.send("bob", "a");
        relay.send("eve", "b");
        FetchClient client = relay.receiver(1, "bob", "eve");
        relay.damaged.add("bob");
        client.nackDead(1, "dead");
        client.nackDead(2, "dead");
        assertThat(relay.waiting("bob")).isEqualTo(1);
        assertThat(relay.deadLetters("eve")).hasSize(1);
    }

    @Test
    void unreadableDeadLettersDoNotStopTheWriter() {
        relay.send("bob", "a");
        relay.send("eve", "b");
        FetchClient client = relay.receiver(1, "bob", "eve");
        relay.damaged.add(DeadLetter.place("bob"));
        client.nackDead(1, "dead");
        client.ack(2);
        assertThat(client.acked()).containsExactly(2L);
        assertThat(relay.waiting("eve")).isZero();
    }

    @Test
    void envelopeThatExpiredOnItsWayIsGone() {
        relay.append("bob", "a", 10_000);
        relay.append("bob", "b", 10_000);
        FetchClient client = relay.receiver(1, "bob");
        relay.commitsAtOnce = false;
        client.nackDead(1, "dead");
        client.nackDead(2, "dead");
        relay.pass(10_000);
        relay.commitsAtOnce = true;
        relay.run();
        assertThat(relay.deadLetters("bob")).hasSize(1);
        assertThat(relay.deliveries.leased("bob")).isZero();
        assertThat(client.delivered()).hasSize(2);
    }

    @Test
    void failingStoreGivesBack() {
        relay.send("bob", "a");
        FetchClient client = relay.receiver(1, "bob");
        relay.commitsAtOnce = false;
        client.nackDead(1, "dead");
        relay.ledger.failAll(relay.now);
        relay.run();
        assertThat(client.payloads()).containsExactly("a", "a");
    }
}
