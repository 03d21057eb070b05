package io.qight.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.util.NetUtil;
import io.qight.relay.flow.Waiting;
import io.qight.store.Durability;
import io.qight.store.MemoryStore;
import io.qight.testkit.ForgedHandshakes;
import io.qight.transport.HandshakeQuota;
import io.qight.transport.TransportSettings;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.ReceiptOutcome;
import java.net.BindException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Ten thousand handshakes are begun, and nobody goes on with them. */
@Timeout(120)
class HalfOpenHandshakesAttackIT {
    private static final int HANDSHAKES = 10_000;

    /** What several event loops may begin at the same moment. */
    private static final int SLACK = 4;

    private static final HandshakeQuota QUOTA = HandshakeQuota.USUAL;

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

    @TempDir Path directory;
    private Relay relay;
    private StreamingClient connected;
    private StreamingClientStream sends;
    private long sent;

    @BeforeEach
    void start() {
        relay =
                Relay.start(
                        RelayFixture.config(new MemoryStore(), directory)
                                .durability(Durability.MEMORY)
                                .meterRegistry(meters)
                                .transport(
                                        TransportSettings.defaults()
                                                .withEventLoops(2)
                                                .withIdleTimeout(Duration.ofSeconds(5)))
                                .build());
        connected = StreamingClient.connect(relay);
        sends = connected.openOutbox(StreamingClient.randomId(), 1);
        sent = 0;
    }

    @AfterEach
    void end() {
        connected.close();
        Waiting.until("all handshakes were given up", () -> open() == 0);
        RelayFixture.assertNothingHeld(relay);
        relay.close();
    }

    @Test
    void thoseThatProveNoAddressTakeNoPlace() {
        ForgedHandshakes handshakes = RawClient.handshakes();
        int highest = 0;
        try (RawClient attacker = RawClient.from(relay)) {
            for (int i = 1; i <= HANDSHAKES; i++) {
                attacker.send(handshakes.next());
                if (i % 200 == 0) {
                    highest = Math.max(highest, open());
                    assertServed();
                }
            }
            Waiting.until("addresses must be proved", () -> retries() > 20);
            Waiting.until("most are dropped unread", () -> dropped() > HANDSHAKES / 2);
            assertNewClientServed();
            highest = Math.max(highest, open());
        }
        assertThat(highest).isBetween(1, QUOTA.unprovedMax() + SLACK);
    }

    @Test
    void oneThatProvesItsAddressTakesItsPartAndNoMore() throws Exception {
        InetAddress other =
                InetAddress.getByAddress(NetUtil.createByteArrayFromIpAddressString("127.0.0.2"));
        assumeTrue(canBind(other), "needs the address 127.0.0.2");
        ForgedHandshakes handshakes = RawClient.handshakes();
        int highest = 0;
        try (RawClient attacker = RawClient.from(other, relay)) {
            for (int i = 1; i <= HANDSHAKES / 20; i++) {
                attacker.send(handshakes.next());
                attacker.receive(5).flatMap(handshakes::answer).ifPresent(attacker::send);
                highest = Math.max(highest, open());
                if (i % 100 == 0) {
                    assertServed();
                    assertNewClientServed();
                }
            }
        }
        assertThat(highest)
                .isGreaterThan(QUOTA.unprovedMax() + SLACK)
                .isLessThanOrEqualTo(QUOTA.openMax() / 8 + SLACK);
    }

    private static boolean canBind(InetAddress address) throws Exception {
        try (DatagramSocket socket = new DatagramSocket(new InetSocketAddress(address, 0))) {
            return socket.isBound();
        } catch (BindException e) {
            return false;
        }
    }

    private void assertNewClientServed() {
        try (StreamingClient client = StreamingClient.connect(relay)) {
            StreamingClientStream stream = client.openOutbox(StreamingClient.randomId(), 1);
            stream.write(StreamingClient.send(1, "bob", "x"));
            assertThat(stream.next()).isInstanceOf(Frame.Receipt.class);
        }
    }

    /** Who is connected is served all the while. */
    private void assertServed() {
        sends.write(StreamingClient.send(++sent, "bob", "x"));
        assertThat(sends.next())
                .isEqualTo(new Frame.Receipt(sent, 0, new ReceiptOutcome.Stored(3)));
    }

    private int open() {
        return (int) meters.get("qight.handshakes").gauge().value();
    }

    private double dropped() {
        return meters.get("qight.handshakes.dropped").functionCounter().count();
    }

    private double retries() {
        return meters.get("qight.retries").functionCounter().count();
    }
}
