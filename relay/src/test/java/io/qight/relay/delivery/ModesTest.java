package io.qight.relay.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.qight.wire.ErrorCode;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.Mode;
import org.junit.jupiter.api.Test;

/** docs/protocol.md 6.7: shared and exclusive mailboxes. */
class ModesTest {
    private final DeliveryFixture relay = new DeliveryFixture();

    @Test
    void otherModeIsRefusedWhileThereIsAReceiver() {
        FetchClient shared = relay.receiver(1, "bob");
        FetchClient exclusive = exclusive(2);
        exclusive.add("bob");
        assertThat(exclusive.last(Frame.NotAdded.class).code())
                .isEqualTo(ErrorCode.MODE_CONFLICT.number());
        shared.remove(1);
        exclusive.add("bob");
        assertThat(exclusive.all(Frame.Added.class)).hasSize(1);
        shared.add("bob");
        assertThat(shared.last(Frame.NotAdded.class).code())
                .isEqualTo(ErrorCode.MODE_CONFLICT.number());
        exclusive.lose();
        shared.add("bob");
        assertThat(shared.last(Frame.Added.class).mailbox()).isEqualTo(3);
    }

    @Test
    void newExclusiveReceiverTakesTheMailboxAndTheLeases() {
        relay.send("bob", "a", "b");
        FetchClient older = exclusive(1);
        older.add("bob");
        FetchClient newer = exclusive(2);
        newer.add("bob");
        assertThat(older.last(Frame.Removed.class))
                .isEqualTo(new Frame.Removed(1, ErrorCode.TAKEN_OVER.number()));
        assertThat(older.all(Frame.LeaseLost.class)).isEmpty();
        assertThat(newer.payloads()).containsExactly("a", "b");
        assertThat(newer.all(Frame.Deliver.class)).allMatch(one -> one.failures() == 0);
        older.ack(1);
        assertThat(older.ackLost()).containsExactly(1L);
        older.remove(1);
        assertThat(older.all(Frame.Removed.class)).hasSize(1);
    }

    @Test
    void exclusiveReceiverThatLostItsMailboxKeepsOthers() {
        FetchClient older = exclusive(1);
        older.add("bob");
        older.add("eve");
        FetchClient newer = exclusive(2);
        newer.add("bob");
        relay.send("bob", "a");
        relay.send("eve", "b");
        assertThat(older.payloads()).containsExactly("b");
        assertThat(newer.payloads()).containsExactly("a");
    }

    @Test
    void leasesOfAnExclusiveReceiverThatIsLostEndToo() {
        relay.send("bob", "a");
        FetchClient older = exclusive(1);
        older.add("bob");
        older.lose();
        FetchClient newer = exclusive(2);
        newer.add("bob");
        assertThat(newer.payloads()).containsExactly("a");
        FetchClient back = older.again().subscribe(1);
        assertThat(back.held()).isEmpty();
        back.ack(1);
        assertThat(back.ackLost()).containsExactly(1L);
    }

    @Test
    void leasesOfALostSharedReceiverRunOn() {
        relay.send("bob", "a");
        FetchClient shared = relay.receiver(1, "bob");
        shared.lose();
        FetchClient exclusive = exclusive(2);
        exclusive.add("bob");
        assertThat(exclusive.delivered()).isEmpty();
        relay.pass(30_000);
        assertThat(exclusive.payloads()).containsExactly("a");
    }

    @Test
    void exclusiveReceiverThatComesBackKeepsWhatItHolds() {
        relay.send("bob", "a", "b");
        FetchClient first = exclusive(1);
        first.add("bob");
        FetchClient second = first.again().subscribe(1);
        second.add("bob");
        assertThat(second.held()).containsExactly(1L);
        assertThat(second.payloads()).containsExactly("b");
        second.ack(1);
        assertThat(second.acked()).containsExactly(1L);
    }

    @Test
    void ackUnderWayIsCarriedOutThoughTheMailboxWasTaken() {
        relay.send("bob", "a");
        FetchClient older = exclusive(1);
        older.add("bob");
        relay.commitsAtOnce = false;
        older.ack(1);
        FetchClient newer = exclusive(2);
        newer.add("bob");
        relay.commitsAtOnce = true;
        relay.run();
        assertThat(older.acked()).containsExactly(1L);
        assertThat(newer.delivered()).isEmpty();
    }

    @Test
    void version0CountsAsShared() {
        relay.send("bob", "a");
        relay.fetch("key", "bob");
        FetchClient exclusive = exclusive(1);
        exclusive.add("bob");
        assertThat(exclusive.last(Frame.NotAdded.class).code())
                .isEqualTo(ErrorCode.MODE_CONFLICT.number());
        FetchClient shared = relay.receiver(2, "bob");
        assertThat(shared.all(Frame.Added.class)).hasSize(1);
        shared.remove(1);
        relay.deliveries.giveBack("key");
        exclusive.add("bob");
        assertThat(exclusive.payloads()).containsExactly("a");
        assertThatThrownBy(() -> relay.deliveries.startFetch("other", "bob"))
                .hasMessageContaining(ErrorCode.MODE_CONFLICT.sentence());
    }

    @Test
    void otherReceiversOfAnExclusiveMailboxAreNone() {
        FetchClient one = exclusive(1);
        one.add("bob");
        FetchClient two = exclusive(2);
        two.add("bob");
        FetchClient three = exclusive(3);
        three.add("bob");
        relay.send("bob", "a");
        assertThat(three.payloads()).containsExactly("a");
        assertThat(one.delivered()).isEmpty();
        assertThat(two.delivered()).isEmpty();
    }

    private FetchClient exclusive(long id) {
        FetchClient client = relay.client(id);
        client.mode = Mode.EXCLUSIVE;
        return client.subscribe();
    }
}
