package io.qight.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.qight.store.MemoryStore;
import io.qight.testkit.ForgedHandshakes;
import io.qight.transport.TlsIdentity;
import io.qight.transport.TransportSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A relay is used to flood a third party, by datagrams that seem to come from there. It sends at
 * most three times the bytes that came from an address that has proved nothing.
 */
@Timeout(60)
class AmplificationAttackIT {
    /** Long enough that the relay has said all that it says again. */
    private static final Duration HANDSHAKE = Duration.ofSeconds(5);

    /** About 13 kB of certificates, which the relay would like to send at once. */
    private static final int CHAIN_LENGTH = 32;

    @TempDir Path directory;

    @Test
    void relaySendsAtMostThreeTimesWhatAnAddressSentThatProvedNothing() throws IOException {
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        RelayConfig config =
                RelayConfig.builder(new MemoryStore(), withLongChain())
                        .listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                        .meterRegistry(meters)
                        .transport(TransportSettings.defaults().withIdleTimeout(HANDSHAKE))
                        .build();
        try (Relay relay = Relay.start(config);
                RawClient attacker = RawClient.from(relay)) {
            ForgedHandshakes handshakes = RawClient.handshakes();
            long sent = attacker.send(handshakes.next());
            long received = 0;
            boolean over = false;
            while (!over) {
                Optional<byte[]> datagram = attacker.receive(500);
                received += datagram.map(bytes -> bytes.length).orElse(0);
                over = datagram.isEmpty() && meters.get("qight.handshakes").gauge().value() == 0;
            }
            assertThat(received)
                    .as("bytes for %s bytes, of a chain of %s", sent, CHAIN_LENGTH)
                    .isBetween(sent, 3 * sent);
        }
    }

    private TlsIdentity withLongChain() throws IOException {
        TlsIdentity.development(directory);
        String certificate = Files.readString(directory.resolve("relay-cert.pem"));
        Path chain = directory.resolve("chain.pem");
        Files.writeString(chain, certificate.repeat(CHAIN_LENGTH));
        return TlsIdentity.pem(chain, directory.resolve("relay-key.pem"));
    }
}
