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
import java.security.KeyStore;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
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

    /** Of the certificate: about 12 kB, which the relay would like to send at once. */
    private static final int NAMES = 500;

    /** Where the connection id ends in a first datagram. */
    private static final int ID_END = 14;

    private static final String PASSWORD = "not a secret";

    @TempDir Path directory;

    /** Datagrams that look as if the handshake went on cannot be read, and earn no more either. */
    private static final int TINY = 100;

    @Test
    void smallDatagramsThatNobodyCanReadEarnNoMoreThanTheirBytes() throws Exception {
        assertBounded(TINY);
    }

    @Test
    void relaySendsAtMostThreeTimesWhatAnAddressSentThatProvedNothing() throws Exception {
        assertBounded(0);
    }

    private void assertBounded(int tiny) throws Exception {
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        RelayConfig config =
                RelayConfig.builder(new MemoryStore(), withLargeCertificate())
                        .listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                        .meterRegistry(meters)
                        .transport(TransportSettings.defaults().withIdleTimeout(HANDSHAKE))
                        .build();
        try (Relay relay = Relay.start(config);
                RawClient attacker = RawClient.from(relay)) {
            ForgedHandshakes handshakes = RawClient.handshakes();
            byte[] first = handshakes.next();
            long sent = attacker.send(first);
            for (int i = 0; i < tiny; i++) {
                sent += attacker.send(looksLikeTheNext(first));
            }
            long received = 0;
            boolean over = false;
            while (!over) {
                Optional<byte[]> datagram = attacker.receive(500);
                received += datagram.map(bytes -> bytes.length).orElse(0);
                over = datagram.isEmpty() && meters.get("qight.handshakes").gauge().value() == 0;
            }
            assertThat(received).as("bytes for %s bytes", sent).isBetween(sent, 3 * sent);
        }
    }

    /** Of the type Handshake, with the connection id of the first and nothing in it. */
    private static byte[] looksLikeTheNext(byte[] first) {
        byte[] datagram = Arrays.copyOf(first, ID_END + 10);
        datagram[0] = (byte) 0xe0;
        Arrays.fill(datagram, ID_END, datagram.length, (byte) 0);
        return datagram;
    }

    private TlsIdentity withLargeCertificate() throws Exception {
        String names =
                IntStream.range(0, NAMES)
                        .mapToObj(i -> "dns:name-" + i + ".example.org")
                        .collect(Collectors.joining(","));
        Path file = directory.resolve("relay.p12");
        List<String> command =
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                        "-genkeypair",
                        "-alias",
                        "relay",
                        "-keyalg",
                        "EC",
                        "-groupname",
                        "secp256r1",
                        "-dname",
                        "CN=localhost",
                        "-ext",
                        "san=" + names,
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        PASSWORD,
                        "-keystore",
                        file.toString());
        assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
        KeyStore store = KeyStore.getInstance(file.toFile(), PASSWORD.toCharArray());
        return TlsIdentity.pem(
                pem("CERTIFICATE", store.getCertificate("relay").getEncoded()),
                pem("PRIVATE KEY", store.getKey("relay", PASSWORD.toCharArray()).getEncoded()));
    }

    private Path pem(String kind, byte[] der) throws IOException {
        String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        return Files.writeString(
                directory.resolve(kind + ".pem"),
                "-----BEGIN " + kind + "-----\n" + text + "\n-----END " + kind + "-----\n");
    }
}
