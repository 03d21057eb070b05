package io.qight.relay.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.qight.wire.v1.Frame;
import org.junit.jupiter.api.Test;

/** docs/protocol.md 6.7: CAUGHT_UP, once for each ADDED. */
class CaughtUpTest {
    private final DeliveryFixture relay = new DeliveryFixture();

    @Test
    void emptyMailboxIsCaughtUpAtOnceWithoutCredit() {
        FetchClient client = relay.client(1);
        client.creditEnvelopes = 0;
        client.subscribe();
        client.add("bob");
        assertThat(client.frames)
                .endsWith(new Frame.Added(1, 0), new Frame.CaughtUp(1, 0))
                .hasSize(3);
    }

    @Test
    void comesBehindTheLastOfTheBacklog() {
        relay.send("bob", "a", "b");
        FetchClient client = relay.receiver(1, "bob");
        assertThat(client.frames.get(1)).isEqualTo(new Frame.Added(1, 2));
        assertThat(client.frames.get(4)).isEqualTo(new Frame.CaughtUp(1, 2));
        assertThat(client.frames).hasSize(5);
    }

    @Test
    void waitsForCreditOnlyWhileSomethingIsToBeDelivered() {
        relay.send("bob", "a", "b");
        FetchClient client = relay.client(1);
        client.creditEnvelopes = 1;
        client.subscribe();
        client.add("bob");
        assertThat(client.all(Frame.CaughtUp.class)).isEmpty();
        client.ack(1);
        assertThat(client.all(Frame.CaughtUp.class)).containsExactly(new Frame.CaughtUp(1, 2));
    }

    @Test
    void whatArrivesLaterDoesNotPutItOff() {
        relay.send("bob", "a");
        FetchClient client = relay.client(1);
        client.creditEnvelopes = 0;
        client.subscribe();
        client.add("bob");
        relay.append("bob", "b", 600_000);
        client.credit(1, 1000);
        assertThat(client.payloads()).containsExactly("a");
        assertThat(client.all(Frame.CaughtUp.class)).containsExactly(new Frame.CaughtUp(1, 1));
    }

    @Test
    void comesOnceOnly() {
        FetchClient client = relay.receiver(1, "bob");
        relay.send("bob", "a");
        client.ack(1);
        relay.send("bob", "b");
        assertThat(client.all(Frame.CaughtUp.class)).hasSize(1);
    }

    @Test
    void comesForEachAdded() {
        relay.send("bob", "a");
        FetchClient client = relay.receiver(1, "bob", "eve");
        client.remove(1);
        client.add("bob");
        assertThat(client.all(Frame.CaughtUp.class))
                .containsExactly(
                        new Frame.CaughtUp(1, 1),
                        new Frame.CaughtUp(2, 1),
                        new Frame.CaughtUp(3, 1));
    }

    @Test
    void removedBeforeItComesEndsIt() {
        relay.send("bob", "a");
        FetchClient client = relay.client(1);
        client.creditEnvelopes = 0;
        client.subscribe();
        client.add("bob");
        client.remove(1);
        client.credit(10, 1000);
        assertThat(client.all(Frame.CaughtUp.class)).isEmpty();
        assertThat(client.delivered()).isEmpty();
    }

    @Test
    void leasedToAnyoneIsPassedOver() {
        relay.send("bob", "a", "b");
        FetchClient holder = relay.client(1);
        holder.creditEnvelopes = 1;
        holder.subscribe();
        holder.add("bob");
        relay.fetch("key", "bob");
        FetchClient client = relay.receiver(2, "bob");
        assertThat(client.frames.get(1)).isEqualTo(new Frame.Added(1, 2));
        assertThat(client.all(Frame.CaughtUp.class)).containsExactly(new Frame.CaughtUp(1, 0));
    }

    @Test
    void delayedIsPassedOver() {
        relay.send("bob", "a");
        FetchClient first = relay.receiver(1, "bob");
        first.nack(1, 5_000);
        FetchClient client = relay.receiver(2, "bob");
        assertThat(client.all(Frame.CaughtUp.class)).hasSize(1);
    }

    @Test
    void goneByAckOrDeadlineIsPassedOver() {
        relay.expires = false;
        relay.append("bob", "short", 1_000);
        FetchClient client = relay.client(1);
        client.creditEnvelopes = 0;
        client.subscribe();
        client.add("bob");
        assertThat(client.all(Frame.CaughtUp.class)).isEmpty();
        relay.now += 1_000;
        relay.arrived("bob");
        assertThat(client.all(Frame.CaughtUp.class)).hasSize(1);
        assertThat(client.delivered()).isEmpty();
    }

    @Test
    void whatGoesToAnotherReceiverIsNotWaitedFor() {
        relay.send("bob", "a", "b");
        FetchClient poor = relay.client(1);
        poor.creditEnvelopes = 0;
        poor.subscribe();
        poor.add("bob");
        FetchClient rich = relay.receiver(2, "bob");
        assertThat(rich.delivered()).hasSize(2);
        assertThat(poor.all(Frame.CaughtUp.class)).containsExactly(new Frame.CaughtUp(1, 0));
    }

    @Test
    void lastIsTheSubscriptionsLastNumberWhereverItCameFrom() {
        relay.send("bob", "a", "b");
        FetchClient client = relay.receiver(1, "bob", "eve");
        assertThat(client.last(Frame.CaughtUp.class)).isEqualTo(new Frame.CaughtUp(2, 2));
    }

    @Test
    void envelopesWithoutAFormInVersion1AreAsIfNotThere() {
        relay.appendSeed("bob", "s".repeat(300), "unfit");
        FetchClient client = relay.client(1);
        client.creditEnvelopes = 0;
        client.subscribe();
        client.add("bob");
        assertThat(client.all(Frame.CaughtUp.class)).hasSize(1);
    }

    @Test
    void comesWithoutCreditOnceVersion0HasTheBacklog() {
        relay.send("bob", "a");
        FetchClient client = relay.client(1);
        client.creditEnvelopes = 0;
        client.subscribe();
        client.add("bob");
        relay.fetch("key", "bob");
        relay.run();
        assertThat(client.all(Frame.CaughtUp.class)).hasSize(1);
    }

    @Test
    void comesWithoutCreditOnceALateAckTookTheBacklog() {
        relay.send("bob", "a");
        FetchClient late = relay.receiver(1, "bob");
        late.remove(1);
        relay.pass(60_000);
        late.pong();
        FetchClient client = relay.client(2);
        client.creditEnvelopes = 0;
        client.subscribe();
        client.add("bob");
        assertThat(client.all(Frame.CaughtUp.class)).isEmpty();
        late.ack(1);
        assertThat(client.all(Frame.CaughtUp.class)).hasSize(1);
    }
}
