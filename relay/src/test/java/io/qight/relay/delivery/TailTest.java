package io.qight.relay.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.qight.store.Operation;
import io.qight.store.Removal;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What was just committed is handed out from memory, and only what is there. */
class TailTest {
    private final DeliveryFixture relay = new DeliveryFixture();

    @Test
    void newEnvelopesAreHandedOutWithoutAReadOfTheStore() {
        FetchClient client = relay.receiver(1, "bob");
        relay.send("bob", "a");
        relay.reads = 0;
        for (int i = 0; i < 100; i++) {
            relay.send("bob", "m" + i);
        }
        assertThat(client.payloads()).hasSize(101).endsWith("m98", "m99");
        assertThat(relay.reads).isZero();
    }

    @Test
    void whatOneCannotTakeYetIsKept() {
        FetchClient client = relay.client(1);
        client.creditEnvelopes = 1;
        client.subscribe();
        client.add("bob");
        relay.send("bob", "a", "b", "c");
        relay.reads = 0;
        client.ack(1);
        client.ack(2);
        assertThat(client.payloads()).containsExactly("a", "b", "c");
        assertThat(relay.reads).isZero();
    }

    @Test
    void whatIsTooMuchToKeepIsReadFromTheStore() {
        FetchClient client = relay.client(1);
        client.creditEnvelopes = 1;
        client.subscribe();
        client.add("bob");
        String large = "x".repeat((int) Tail.KEPT_BYTES_MAX);
        relay.send("bob", "a", large, "c");
        relay.reads = 0;
        client.ack(1);
        client.ack(2);
        assertThat(client.payloads()).containsExactly("a", large, "c");
        assertThat(relay.reads).isPositive();
    }

    @Test
    void onlySoManyMailboxesAreKept() {
        FetchClient client = relay.client(1);
        client.creditEnvelopes = 1;
        client.subscribe();
        for (int i = 0; i < 2 * Tails.KEPT_MAX; i++) {
            client.add("m" + i);
            relay.send("m" + i, "payload " + i);
        }
        relay.reads = 0;
        for (int i = 1; i <= 2 * Tails.KEPT_MAX; i++) {
            client.ack(i);
        }
        assertThat(client.payloads()).hasSize(2 * Tails.KEPT_MAX).doesNotHaveDuplicates();
        assertThat(relay.reads).isPositive();
    }

    @Test
    void whatAnOperatorThrewAwayIsNotHandedOut() {
        FetchClient client = relay.client(1);
        client.creditEnvelopes = 1;
        client.subscribe();
        client.add("bob");
        relay.send("bob", "a", "b", "c");
        relay.store.commit(List.of(new Operation.Remove("bob", 2, Removal.PURGED)));
        relay.arrived("bob");
        client.ack(1);
        client.ack(2);
        assertThat(client.payloads()).containsExactly("a", "c");
    }

    @Test
    void whatComesBackGoesBeforeWhatIsNew() {
        FetchClient client = relay.client(1);
        client.creditEnvelopes = 2;
        client.subscribe();
        client.add("bob");
        relay.send("bob", "a", "b", "c", "d");
        client.nack(1, 0);
        client.ack(2);
        client.ack(3);
        client.ack(4);
        assertThat(client.payloads()).containsExactly("a", "b", "a", "c", "d");
    }

    @Test
    void whatIsReadBeforeItIsToldOfComesOnce() {
        FetchClient client = relay.receiver(1, "bob");
        relay.append("bob", "a", 600_000);
        relay.receiver(2, "bob").remove(1);
        assertThat(client.payloads()).containsExactly("a");
        relay.arrived("bob");
        assertThat(client.payloads()).containsExactly("a");
    }

    @Test
    void whatVersion0LeftOutBeforeItIsToldOfIsNotLost() {
        FetchClient client = relay.receiver(1, "bob");
        relay.append("bob", "a", 600_000);
        relay.append("bob", "b", 600_000);
        relay.fetch("key", "bob");
        relay.deliveries.leaveOut("key", 1);
        relay.run();
        relay.deliveries.acknowledge("key");
        relay.arrived("bob");
        assertThat(client.payloads()).containsExactly("a");
    }
}
