package io.qight.relay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.qight.relay.flow.GatedStore;
import io.qight.relay.flow.Waiting;
import io.qight.store.MemoryStore;
import io.qight.transport.TransportException;
import io.qight.transport.TransportSettings;
import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a relay needs to start, and what it tells its operator. */
@Timeout(120)
class RelayStartIT {
    @TempDir private Path directory;
    private final GatedStore store = new GatedStore(new MemoryStore());

    @Test
    void takenPortIsToldAndTheStoreClosed() throws IOException {
        try (DatagramSocket taken =
                new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
            assertThatThrownBy(() -> startAt(taken.getLocalPort(), directory.resolve("a.sock")))
                    .isInstanceOf(TransportException.CannotBind.class);
        }
        assertThat(store.closed()).isTrue();
        assertNoThreads();
    }

    @Test
    void startThatFailsAtTheAdminSocketReleasesPortThreadsAndStore() throws IOException {
        int port;
        try (DatagramSocket free =
                new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
            port = free.getLocalPort();
        }
        Path noSocket = Files.writeString(directory.resolve("a.sock"), "precious");
        assertThatThrownBy(() -> startAt(port, noSocket))
                .isInstanceOf(RelayStartException.NoAdminSocket.class)
                .hasMessageContaining("no socket");
        assertThat(store.closed()).isTrue();
        assertNoThreads();
        new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), port)).close();
    }

    @Test
    void adminSocketTellsTheRelayAndAMailbox() throws IOException {
        Path path = directory.resolve("private").resolve("admin.sock");
        try (Relay relay =
                        Relay.start(
                                RelayFixture.config(store, directory).adminSocket(path).build());
                SeedClient client = SeedClient.connect(relay)) {
            client.send(SeedClient.envelope("bob", "hello"));
            client.ask("NONSENSE\n".getBytes(UTF_8));
            assertThat(stat(path, "stat\n"))
                    .startsWith("{\"name\":\"test-relay\",\"address\":\"127.0.0.1:")
                    .contains("\"version\":\"0.", "\"ready\":true", "\"waiting\":1,")
                    .contains("\"appended\":1,", "\"removed\":{\"acked\":0,\"expired\":0")
                    .contains("\"refusals\":{\"unknown_verb\":1}", "\"connections\":1")
                    .contains("\"budget\":{\"heldBytes\":")
                    .endsWith("}\n");
            assertThat(stat(path, "stat bob\n"))
                    .startsWith("{\"mailbox\":\"bob\",\"waiting\":1,")
                    .contains("\"leased\":0", "\"oldestAgeMillis\":");
            assertThat(stat(path, "stat nobody\n")).contains("\"waiting\":0");
            assertThat(stat(path, "stop\n")).startsWith("{\"error\":\"unknown_verb\"");
        }
        assertThat(path).doesNotExist();
    }

    @Test
    void connectionThatFallsSilentGivesBack() {
        try (Relay relay =
                        Relay.start(
                                RelayFixture.config(store, directory)
                                        .transport(
                                                TransportSettings.defaults()
                                                        .withIdleTimeout(Duration.ofSeconds(1)))
                                        .build());
                SeedClient client = SeedClient.connect(relay)) {
            client.send(SeedClient.envelope("bob", "hello"));
            assertThat(client.fetch("bob")).hasSize(1);
            client.open().write("HEL".getBytes(UTF_8)).cutTheWire();
            Waiting.until("the connection is lost", () -> relay.statistics().connections() == 0);
            Waiting.until(
                    "it is given back", () -> relay.statistics("bob").orElseThrow().leased() == 0);
            try (SeedClient next = SeedClient.connect(relay)) {
                assertThat(next.fetch("bob")).hasSize(1);
            }
            RelayFixture.assertAddsUp(relay);
        }
    }

    private void startAt(int port, Path adminSocket) {
        Relay.start(
                RelayFixture.config(store, directory)
                        .listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
                        .adminSocket(adminSocket)
                        .build());
    }

    private static String stat(Path path, String request) throws IOException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(path));
                InputStream in = Channels.newInputStream(channel)) {
            channel.write(ByteBuffer.wrap(request.getBytes(UTF_8)));
            return new String(in.readAllBytes(), UTF_8);
        }
    }

    private static void assertNoThreads() {
        Waiting.until(
                "the relay's threads have ended",
                () ->
                        Thread.getAllStackTraces().keySet().stream()
                                .map(Thread::getName)
                                .noneMatch(RelayStartIT::isRelays));
    }

    private static boolean isRelays(String thread) {
        return thread.equals("qight-writer")
                || thread.equals("qight-dispatcher")
                || thread.equals("qight-keeper")
                || thread.equals("qight-admin");
    }
}
