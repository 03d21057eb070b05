package io.qight.relay.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.qight.relay.delivery.EnvelopeFormat;
import io.qight.store.StoredEnvelope;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ArrivalsUnderWayTest {
    private final ArrivalsUnderWay arrivals = new ArrivalsUnderWay();

    @Test
    void envelopesGoAlongUpToTheBoundAndThenNamesAlone() {
        Map<String, List<StoredEnvelope>> half = commit((int) ArrivalsUnderWay.BYTES_MAX / 2);
        Message.Arrived first = arrivals.send(half);
        assertThat(first).isEqualTo(new Message.Arrived(half, ArrivalsUnderWay.BYTES_MAX / 2));
        assertThat(arrivals.send(half).mailboxes()).isEqualTo(half);
        assertThat(arrivals.send(half)).isEqualTo(new Message.Arrived(Map.of("bob", List.of()), 0));
        arrivals.done(first.bytes());
        assertThat(arrivals.send(half).mailboxes()).isEqualTo(half);
        assertThat(arrivals.send(half).mailboxes()).isEqualTo(Map.of("bob", List.of()));
    }

    private static Map<String, List<StoredEnvelope>> commit(int bytes) {
        return Map.of(
                "bob",
                List.of(
                        new StoredEnvelope(
                                1, EnvelopeFormat.V1, 60_000, 0, ByteBuffer.allocate(bytes))));
    }
}
