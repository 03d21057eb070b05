package io.qight.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.qight.transport.TransportException.CannotConnect;
import io.qight.transport.TransportException.ConnectTimedOut;
import io.qight.transport.TransportException.EndpointClosed;
import io.qight.transport.TransportException.NoCommonProtocol;
import io.qight.wire.ErrorCode;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How a connect fails: always typed, never later than its timeout. */
@Timeout(60)
final class ConnectIT {
    @TempDir Path directory;
    private Rig rig;

    @BeforeEach
    void open() {
        rig = new Rig(directory, TransportSettings.defaults(), Rig.Echo::new);
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private ConnectTarget target(String host, int port, Duration timeout) {
        return new ConnectTarget(host, port, rig.target(port).trust(), Rig.ALPN, timeout);
    }

    private static Duration since(long nanos) {
        return Duration.ofNanos(System.nanoTime() - nanos);
    }

    @Test
    void addressWhereNothingListensFailsAtOnce() throws Exception {
        assumeTrue(
                System.getProperty("os.name").equals("Linux"),
                "needs a kernel that reports unreachable ports: Linux");
        int port;
        try (DatagramSocket free = new DatagramSocket(Rig.loopback(0))) {
            port = free.getLocalPort();
        }
        long start = System.nanoTime();
        CannotConnect failure =
                rig.failure(CannotConnect.class, target("127.0.0.1", port, Duration.ofSeconds(15)));
        assertThat(since(start)).isLessThan(Duration.ofSeconds(5));
        assertThat(failure.code()).isEqualTo(ErrorCode.CONNECT_FAILED);
        assertThat(failure)
                .hasMessage("cannot connect to 127.0.0.1:" + port + ": nothing listens there");
    }

    @Test
    void silentAddressFailsWithinTheTimeout() throws Exception {
        try (DatagramSocket silent = new DatagramSocket(Rig.loopback(0))) {
            long start = System.nanoTime();
            ConnectTimedOut failure =
                    rig.failure(
                            ConnectTimedOut.class,
                            target("127.0.0.1", silent.getLocalPort(), Duration.ofMillis(700)));
            assertThat(since(start)).isBetween(Duration.ofMillis(690), Duration.ofSeconds(5));
            assertThat(failure.code()).isEqualTo(ErrorCode.TIMED_OUT);
            assertThat(failure).hasMessageContaining("within 700 ms");
        }
    }

    @Test
    void theServerHearsAtOnceOfAConnectThatIsCancelled() throws Exception {
        for (int round = 0; round < 100; round++) {
            CompletableFuture<Connection> connecting =
                    rig.client.connect(
                            rig.target(rig.server.address().getPort()),
                            Rig.listener(Rig.Echo::new, rig.clientEnds));
            Rig.take(rig.accepted);
            if (!connecting.cancel(false)) {
                connecting.join().close(0, "");
            }
            assertThat(Rig.take(rig.serverEnds)).isInstanceOf(ConnectionEnd.Orderly.class);
        }
    }

    @Test
    void unknownHostFailsTyped() {
        try (ClientEndpoint client =
                ClientEndpoint.open(
                        TransportSettings.defaults(),
                        host -> {
                            throw new UnknownHostException(host);
                        },
                        Platform.require())) {
            CannotConnect failure =
                    rig.failure(
                            CannotConnect.class,
                            client,
                            target("nowhere.invalid", 4433, Duration.ofSeconds(5)));
            assertThat(failure).hasMessage("the host nowhere.invalid is not known");
        }
    }

    @Test
    void lookUpThatHangsFailsWithinTheTimeout() {
        CountDownLatch never = new CountDownLatch(1);
        try (ClientEndpoint client =
                ClientEndpoint.open(
                        TransportSettings.defaults(),
                        host -> {
                            try {
                                never.await();
                            } catch (InterruptedException e) {
                                throw new UnknownHostException("interrupted");
                            }
                            return new InetAddress[0];
                        },
                        Platform.require())) {
            rig.failure(
                    ConnectTimedOut.class,
                    client,
                    target("slow.invalid", 4433, Duration.ofMillis(300)));
        }
    }

    @Test
    void addressesOfAHostAreTriedInTurn() throws Exception {
        int port = rig.server.address().getPort();
        InetAddress good = Rig.address("127.0.0.1");
        assumeTrue(hasAddress("127.0.0.2"), "needs a loopback with 127.0.0.2");
        InetAddress other = Rig.address("127.0.0.2");
        try (ClientEndpoint client =
                ClientEndpoint.open(
                        TransportSettings.defaults(),
                        host -> new InetAddress[] {other, good},
                        Platform.require())) {
            // Nothing listens at the first.
            ConnectTarget target = target("relay.test", port, Duration.ofSeconds(4));
            Rig.get(client.connect(target, Rig.listener(Rig.Echo::new, rig.clientEnds)));
            // The first is silent.
            try (DatagramSocket silent = new DatagramSocket(new InetSocketAddress(other, port))) {
                assertThat(silent.isBound()).isTrue();
                Rig.get(client.connect(target, Rig.listener(Rig.Echo::new, rig.clientEnds)));
            }
        }
    }

    @Test
    void hostWithBothFamiliesWorksWhenOnlyOneAnswers() throws Exception {
        assumeTrue(hasAddress("::1"), "needs IPv6 on the loopback");
        int port = rig.server.address().getPort();
        InetAddress six = Rig.address("::1");
        InetAddress four = Rig.address("127.0.0.1");
        try (ClientEndpoint client =
                ClientEndpoint.open(
                        TransportSettings.defaults(),
                        host -> new InetAddress[] {six, four},
                        Platform.require())) {
            ConnectTarget target = target("localhost", port, Duration.ofSeconds(4));
            Connection connection =
                    Rig.get(client.connect(target, Rig.listener(Rig.Echo::new, rig.clientEnds)));
            assertThat(Rig.exchange(connection, new byte[3])).hasSize(3);
        }
    }

    @Test
    void ipv6Works() throws Exception {
        assumeTrue(hasAddress("::1"), "needs IPv6 on the loopback");
        ServerConfig config =
                new ServerConfig(
                        new InetSocketAddress(Rig.address("::1"), 0),
                        rig.identity,
                        List.of(Rig.ALPN),
                        TransportSettings.defaults().withEventLoops(2),
                        rig.budget);
        try (ServerEndpoint server =
                ServerEndpoint.bind(
                        config, connection -> Rig.listener(Rig.Echo::new, rig.serverEnds))) {
            int port = server.address().getPort();
            Connection connection = rig.connect(target("::1", port, Duration.ofSeconds(5)));
            assertThat(Rig.exchange(connection, new byte[3])).hasSize(3);
        }
    }

    @Test
    void serverWithoutTheProtocolIsToldApartAndUnharmed() throws Exception {
        int port = rig.server.address().getPort();
        ConnectTarget wrong =
                new ConnectTarget(
                        "127.0.0.1",
                        port,
                        rig.target(port).trust(),
                        "http/0.9",
                        Duration.ofSeconds(5));
        NoCommonProtocol failure = rig.failure(NoCommonProtocol.class, wrong);
        assertThat(failure.code()).isEqualTo(ErrorCode.NOT_SUPPORTED);
        assertThat(failure)
                .hasMessage(
                        "the server at 127.0.0.1:"
                                + port
                                + " does not speak the protocol http/0.9");
        assertThat(rig.accepted).isEmpty();
        assertThat(Rig.exchange(rig.connect(), new byte[5])).hasSize(5);
    }

    @Test
    void closingTheClientFailsWhatIsConnecting() throws Exception {
        try (DatagramSocket silent = new DatagramSocket(Rig.loopback(0))) {
            ClientEndpoint client = ClientEndpoint.open(TransportSettings.defaults());
            ConnectTarget target =
                    target("127.0.0.1", silent.getLocalPort(), Duration.ofSeconds(30));
            ConnectionListener listener = Rig.listener(Rig.Echo::new, rig.clientEnds);
            CompletableFuture<Connection> connecting = client.connect(target, listener);
            client.close();
            assertThatThrownBy(() -> connecting.get(1, TimeUnit.SECONDS))
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(EndpointClosed.class);
            CompletableFuture<Connection> late = client.connect(target, listener);
            assertThatThrownBy(() -> late.get(1, TimeUnit.SECONDS))
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(EndpointClosed.class);
        }
    }

    @Test
    void connectThatIsNotWaitedForLeavesNoConnection() throws Exception {
        for (int i = 0; i < 20; i++) {
            rig.client
                    .connect(
                            rig.target(rig.server.address().getPort()),
                            Rig.listener(Rig.Echo::new, rig.clientEnds))
                    .cancel(false);
        }
        Rig.exchange(rig.connect(), new byte[1]);
        Rig.await("handshakes end", () -> rig.server.handshakes() == 0);
        int made = rig.accepted.size();
        Rig.await("all but one are closed", () -> rig.serverEnds.size() == made - 1);
        assertThat(rig.clientEnds).isEmpty();
    }

    /** So many handshakes at a time that addresses must be proved. */
    @Test
    void manyClientsConnectAtOnce() throws Exception {
        List<CompletableFuture<Connection>> connecting = new ArrayList<>();
        ConnectTarget target =
                target("127.0.0.1", rig.server.address().getPort(), Duration.ofSeconds(60));
        for (int i = 0; i < 2 * HandshakeQuota.USUAL.unprovedMax(); i++) {
            connecting.add(rig.client.connect(target, Rig.listener(Rig.Echo::new, rig.clientEnds)));
        }
        for (CompletableFuture<Connection> each : connecting) {
            Rig.get(each);
        }
        assertThat(rig.clientEnds).isEmpty();
    }

    @Test
    void serverOnAllAddressesServesBothFamilies() throws Exception {
        ServerConfig config =
                new ServerConfig(
                        new InetSocketAddress(0),
                        rig.identity,
                        List.of(Rig.ALPN),
                        TransportSettings.defaults().withEventLoops(2),
                        rig.budget);
        try (ServerEndpoint server =
                ServerEndpoint.bind(
                        config, connection -> Rig.listener(Rig.Echo::new, rig.serverEnds))) {
            int port = server.address().getPort();
            for (String host : List.of("127.0.0.1", "::1")) {
                if (hasAddress(host)) {
                    Connection connection = rig.connect(target(host, port, Duration.ofSeconds(5)));
                    assertThat(Rig.exchange(connection, new byte[100_000])).hasSize(100_000);
                }
            }
        }
    }

    private static boolean hasAddress(String address) {
        try (DatagramSocket probe =
                new DatagramSocket(new InetSocketAddress(Rig.address(address), 0))) {
            return probe.isBound();
        } catch (IOException e) {
            return false;
        }
    }
}
