package io.qight.transport;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ch.qos.logback.classic.Level;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.qight.transport.TransportException.ConnectionLost;
import io.qight.transport.TransportException.EndpointClosed;
import io.qight.wire.ErrorCode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class ConnectionIT {
    private static final TransportSettings SETTINGS = TransportSettings.defaults();

    @TempDir Path directory;

    @Test
    void whatIsSentComesBack() throws Exception {
        try (Rig rig = new Rig(directory, SETTINGS, Rig.Echo::new)) {
            Connection connection = rig.connect();
            assertThat(connection.alpn()).isEqualTo(Rig.ALPN);
            assertThat(connection.remoteAddress()).isEqualTo(rig.server.address());
            assertThatThrownBy(connection::share).isInstanceOf(IllegalStateException.class);
            assertThat(Rig.exchange(connection, "hello".getBytes(UTF_8)))
                    .isEqualTo("hello".getBytes(UTF_8));
            assertThat(Rig.take(rig.accepted).share().heldBytes()).isZero();
        }
    }

    @Test
    void largeDatagramsWorkWhereBothEndsAllowThem() throws Exception {
        byte[] request = new byte[3_000_000];
        try (Rig rig = new Rig(directory, SETTINGS.withUdpPayloadBytes(8192), Rig.Echo::new)) {
            assertThat(Rig.exchange(rig.connect(), request)).isEqualTo(request);
            try (ClientEndpoint small = ClientEndpoint.open(SETTINGS)) {
                Connection connection =
                        Rig.get(
                                small.connect(
                                        rig.target(rig.server.address().getPort()),
                                        Rig.listener(Rig.Echo::new, rig.clientEnds)));
                assertThat(Rig.exchange(connection, request)).isEqualTo(request);
            }
        }
    }

    @Test
    void peerHearsTheCodeAndReasonOfAClose() throws Exception {
        try (Rig rig = new Rig(directory, SETTINGS, Rig.Echo::new)) {
            Connection connection = rig.connect();
            connection.close(7, "done");
            connection.close(8, "again");
            assertThat(Rig.take(rig.clientEnds)).isEqualTo(new ConnectionEnd.Closed());
            assertThat(Rig.take(rig.serverEnds)).isEqualTo(new ConnectionEnd.Orderly(7, "done"));

            rig.connect();
            Rig.take(rig.accepted);
            Rig.take(rig.accepted).close(0, "");
            assertThat(Rig.take(rig.clientEnds)).isEqualTo(new ConnectionEnd.Orderly(0, ""));
            assertThat(Rig.take(rig.serverEnds)).isEqualTo(new ConnectionEnd.Closed());
        }
    }

    @Test
    void aReasonHasNoControlCharacters() throws Exception {
        try (Rig rig = new Rig(directory, SETTINGS, Rig.Echo::new)) {
            rig.connect().close(7, "\u001b[2J\r\nno\u0000\u009b2J, ü");
            assertThat(Rig.take(rig.serverEnds))
                    .isEqualTo(new ConnectionEnd.Orderly(7, " [2J  no  2J, ü"));
        }
    }

    @Test
    void answerWrittenBeforeAnOrderlyCloseIsRead() throws Exception {
        try (Rig rig = new Rig(directory, SETTINGS, AnswerAndClose::new)) {
            for (int i = 0; i < 50; i++) {
                assertThat(Rig.exchange(rig.connect(), new byte[1]))
                        .isEqualTo("answer".getBytes(UTF_8));
            }
        }
    }

    private static final class AnswerAndClose extends ChannelInboundHandlerAdapter {
        private final QuicStreamChannel stream;

        AnswerAndClose(QuicStreamChannel stream) {
            this.stream = stream;
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            StreamOutput.of(stream).finish(Unpooled.copiedBuffer("answer", UTF_8));
            stream.parent().close(true, 0, Unpooled.EMPTY_BUFFER);
            context.fireChannelRead(message);
        }
    }

    /** The library looks whether the handshake is done only when a datagram comes. */
    @Test
    void clientIsConnectedAfterOneRoundTrip() throws Exception {
        try (Rig rig = new Rig(directory, SETTINGS, Rig.Echo::new);
                UdpForwarder path = new UdpForwarder(rig.server.address())) {
            path.holdAnswers();
            CompletableFuture<Connection> connecting =
                    rig.client.connect(
                            rig.target(path.port()), Rig.listener(Rig.Echo::new, rig.clientEnds));
            Rig.await("the server's flight is whole", () -> path.quietMillis() > 200);
            path.letAnswersThroughAndCut();
            assertThat(Rig.get(connecting).alpn()).isEqualTo(Rig.ALPN);
        }
    }

    /** The library tries once to send that, and not at all where the window is full. */
    @Test
    void peerHearsOfACloseThatFollowsMoreThanTheWindowHolds() throws Exception {
        TransportSettings impatient = SETTINGS.withIdleTimeout(Duration.ofSeconds(5));
        try (Rig rig = new Rig(directory, impatient, Rig.Echo::new);
                UdpForwarder path = new UdpForwarder(rig.server.address())) {
            path.spoil(20, 0, 0);
            for (int i = 0; i < 5; i++) {
                Connection connection = rig.connect(rig.target(path.port()));
                Connection atServer = Rig.take(rig.accepted);
                boolean byServer = i % 2 == 0;
                writeAndClose(byServer ? atServer : connection, new byte[20_000 + 2_000 * i]);
                assertThat(Rig.take(byServer ? rig.clientEnds : rig.serverEnds))
                        .isEqualTo(new ConnectionEnd.Orderly(7, "done"));
                assertThat(Rig.take(byServer ? rig.serverEnds : rig.clientEnds))
                        .isEqualTo(new ConnectionEnd.Closed());
            }
        }
    }

    @Test
    void closeDoesNotWaitForAPeerThatIsSilent() throws Exception {
        try (Rig rig = new Rig(directory, SETTINGS, Rig.Echo::new);
                UdpForwarder path = new UdpForwarder(rig.server.address())) {
            Connection connection = rig.connect(rig.target(path.port()));
            path.cut();
            writeAndClose(connection, new byte[20_000]);
            assertThat(Rig.take(rig.clientEnds)).isEqualTo(new ConnectionEnd.Closed());
        }
    }

    private static void writeAndClose(Connection connection, byte[] bytes) throws Exception {
        QuicStreamChannel stream = Rig.get(connection.openStream(new Rig.Collector()));
        stream.eventLoop()
                .execute(() -> {
                    StreamOutput.of(stream).write(Unpooled.wrappedBuffer(bytes));
                    connection.close(7, "done");
                });
    }

    @Test
    void closingTheServerTellsItsClients() throws Exception {
        try (Rig rig = new Rig(directory, SETTINGS, Rig.Echo::new)) {
            rig.connect();
            rig.connect();
            Rig.take(rig.accepted);
            Rig.take(rig.accepted);
            rig.server.close();
            assertThat(Rig.take(rig.clientEnds)).isInstanceOf(ConnectionEnd.Orderly.class);
            assertThat(Rig.take(rig.clientEnds)).isInstanceOf(ConnectionEnd.Orderly.class);
            assertThat(rig.serverEnds)
                    .containsExactly(new ConnectionEnd.Closed(), new ConnectionEnd.Closed());
        }
    }

    @Test
    void closeIsBoundedAndEndsTheThreads() throws Exception {
        Rig rig = new Rig(directory, SETTINGS.withEventLoops(4), Rig.Echo::new);
        try (UdpForwarder forwarder = new UdpForwarder(rig.server.address())) {
            for (int i = 0; i < 4; i++) {
                rig.connect();
            }
            rig.connect(
                    new ConnectTarget(
                            "localhost",
                            rig.server.address().getPort(),
                            rig.target(1).trust(),
                            Rig.ALPN,
                            Duration.ofSeconds(5)));
            rig.connect(rig.target(forwarder.port()));
            forwarder.cut();
            long start = System.nanoTime();
            rig.close();
            rig.close();
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isLessThan(Duration.ofSeconds(5));
        }
        Rig.await(
                "no thread is left",
                () ->
                        Thread.getAllStackTraces().keySet().stream()
                                .noneMatch(thread -> thread.getName().startsWith("qight-")));
    }

    @Test
    void silentConnectionIsLostAtBothEnds() throws Exception {
        TransportSettings settings = SETTINGS.withIdleTimeout(Duration.ofMillis(400));
        try (Rig rig = new Rig(directory, settings, Rig.Echo::new)) {
            Connection connection = rig.connect();
            assertThat(Rig.take(rig.clientEnds))
                    .isInstanceOfSatisfying(
                            ConnectionEnd.Lost.class,
                            lost -> assertThat(lost.why()).contains("nothing was heard"));
            assertThat(Rig.take(rig.serverEnds)).isInstanceOf(ConnectionEnd.Lost.class);
            assertThatThrownBy(() -> Rig.get(connection.openStream(new Rig.Collector())))
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(ConnectionLost.class);
        }
    }

    @Test
    void requestUnderWayFailsWhenThePathIsCut() throws Exception {
        TransportSettings settings = SETTINGS.withIdleTimeout(Duration.ofMillis(700));
        try (Rig rig = new Rig(directory, settings, Rig.Echo::new);
                UdpForwarder forwarder = new UdpForwarder(rig.server.address())) {
            Connection connection = rig.connect(rig.target(forwarder.port()));
            forwarder.cut();
            assertThatThrownBy(() -> Rig.exchange(connection, new byte[10]))
                    .isInstanceOf(ExecutionException.class);
            assertThat(Rig.take(rig.clientEnds)).isInstanceOf(ConnectionEnd.Lost.class);
        }
    }

    @Test
    void relayThatIsGoneIsNoticedBeforeTheIdleTimeout() throws Exception {
        assumeTrue(
                System.getProperty("os.name").equals("Linux"),
                "needs a kernel that reports unreachable ports: Linux");
        try (Rig rig = new Rig(directory, SETTINGS, Rig.Echo::new)) {
            UdpForwarder forwarder = new UdpForwarder(rig.server.address());
            Connection connection = rig.connect(rig.target(forwarder.port()));
            forwarder.close();
            long start = System.nanoTime();
            assertThatThrownBy(() -> Rig.exchange(connection, new byte[10]))
                    .isInstanceOf(ExecutionException.class);
            assertThat(Rig.take(rig.clientEnds))
                    .isInstanceOfSatisfying(
                            ConnectionEnd.Lost.class,
                            lost -> assertThat(lost.why()).contains("it is gone"));
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isLessThan(Duration.ofSeconds(10));
        }
    }

    @Test
    void streamsBeyondThePeersLimitWaitForTheirTurn() throws Exception {
        try (Rig rig = new Rig(directory, SETTINGS.withStreamsMax(4), Rig.Echo::new)) {
            Connection connection = rig.connect();
            List<CompletableFuture<QuicStreamChannel>> opening = new ArrayList<>();
            List<Rig.Collector> collectors = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                Rig.Collector collector = new Rig.Collector();
                collectors.add(collector);
                opening.add(connection.openStream(collector));
            }
            opening.get(20).cancel(false);
            Rig.get(opening.get(3));
            assertThat(opening.get(4)).isNotDone();
            for (int i = 0; i < 40; i++) {
                if (i != 20) {
                    QuicStreamChannel stream = Rig.get(opening.get(i));
                    byte[] request = {(byte) i};
                    stream.eventLoop()
                            .execute(() ->
                                    StreamOutput.of(stream)
                                            .finish(Unpooled.wrappedBuffer(request)));
                    assertThat(Rig.get(collectors.get(i).all)).isEqualTo(request);
                }
            }
        }
    }

    @Test
    void streamsThatWaitFailWithTheirConnection() throws Exception {
        try (Rig rig = new Rig(directory, SETTINGS.withStreamsMax(1), Rig.Echo::new)) {
            Connection connection = rig.connect();
            Rig.get(connection.openStream(new Rig.Collector()));
            CompletableFuture<QuicStreamChannel> waiting =
                    connection.openStream(new Rig.Collector());
            connection.close(0, "enough");
            assertThatThrownBy(() -> Rig.get(waiting))
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(EndpointClosed.class);
        }
    }

    @Test
    void manyShortStreamsPassThroughOneConnection() throws Exception {
        try (Rig rig = new Rig(directory, SETTINGS, Rig.Echo::new)) {
            Connection connection = rig.connect();
            List<CompletableFuture<byte[]>> answers = new ArrayList<>();
            for (int i = 0; i < 5000; i++) {
                Rig.Collector collector = new Rig.Collector();
                byte[] request = {(byte) i, (byte) (i >> 8)};
                connection.openStream(collector).thenAccept(stream -> Rig.finish(stream, request));
                answers.add(collector.all);
            }
            for (int i = 0; i < 5000; i++) {
                assertThat(Rig.get(answers.get(i))).containsExactly((byte) i, (byte) (i >> 8));
            }
        }
    }

    @Test
    void failingHandlerClosesItsConnectionAlone() throws Exception {
        try (LogCapture log = new LogCapture();
                Rig rig =
                        new Rig(
                                directory,
                                SETTINGS,
                                stream ->
                                        new ChannelInboundHandlerAdapter() {
                                            @Override
                                            public void channelRead(
                                                    ChannelHandlerContext context, Object message) {
                                                context.fireChannelRead(message);
                                                throw new IllegalStateException(
                                                        "a defect, on purpose");
                                            }
                                        })) {
            Connection broken = rig.connect();
            Connection other = rig.connect();
            assertThatThrownBy(() -> Rig.exchange(broken, new byte[1]))
                    .isInstanceOf(ExecutionException.class);
            assertThat(Rig.take(rig.clientEnds))
                    .isEqualTo(
                            new ConnectionEnd.Orderly(
                                    ErrorCode.INTERNAL.number(), ErrorCode.INTERNAL.sentence()));
            assertThat(Rig.get(other.openStream(new Rig.Collector())).isOpen()).isTrue();
            assertThat(log.messages(Level.ERROR)).hasSize(1);
        }
    }

    @Test
    void failingAcceptorClosesTheConnectionAlone() throws Exception {
        TlsIdentity identity = TlsIdentity.development(directory);
        BlockingQueue<ConnectionEnd> ends = new LinkedBlockingQueue<>();
        try (LogCapture log = new LogCapture();
                ServerEndpoint server =
                        ServerEndpoint.bind(
                                new ServerConfig(
                                        Rig.loopback(0),
                                        identity,
                                        List.of(Rig.ALPN),
                                        SETTINGS,
                                        new ByteBudget(1, 1)),
                                connection -> {
                                    throw new IllegalStateException("a defect, on purpose");
                                });
                ClientEndpoint client = ClientEndpoint.open(SETTINGS)) {
            ConnectTarget target =
                    new ConnectTarget(
                            "127.0.0.1",
                            server.address().getPort(),
                            Trust.fingerprint(identity.fingerprint()),
                            Rig.ALPN,
                            Duration.ofSeconds(5));
            for (int i = 0; i < 2; i++) {
                Rig.get(client.connect(target, Rig.listener(Rig.Echo::new, ends)));
                assertThat(Rig.take(ends))
                        .isEqualTo(
                                new ConnectionEnd.Orderly(
                                        ErrorCode.INTERNAL.number(),
                                        ErrorCode.INTERNAL.sentence()));
            }
            assertThat(log.messages(Level.ERROR)).hasSize(2);
        }
    }

    /** Netty keeps something of each, so there is a bound. */
    @Test
    void connectionWithTooManyStreamsCutOffIsClosed() throws Exception {
        try (Rig rig = new Rig(directory, SETTINGS, Rig.Echo::new)) {
            Connection connection = rig.connect();
            for (int i = 0; i < ConnectionHandler.STREAMS_CUT_OFF_MAX; i++) {
                QuicStreamChannel stream = Rig.get(connection.openStream(new Rig.Collector()));
                stream.eventLoop().execute(() -> StreamOutput.of(stream).abort(5));
            }
            assertThat(Rig.take(rig.clientEnds)).isNotNull();
            assertThat(Rig.take(rig.serverEnds)).isNotNull();
            rig.connect();
        }
    }

    @Test
    void transferSurvivesDelayAndLoss() throws Exception {
        try (Rig rig = new Rig(directory, SETTINGS, Rig.Echo::new);
                UdpForwarder forwarder = new UdpForwarder(rig.server.address())) {
            Connection connection = rig.connect(rig.target(forwarder.port()));
            forwarder.spoil(5, 2, 42);
            byte[] request = new byte[500_000];
            new Random(1).nextBytes(request);
            assertThat(Rig.exchange(connection, request)).isEqualTo(request);
        }
    }
}
