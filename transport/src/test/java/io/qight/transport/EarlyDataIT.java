package io.qight.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.util.ReferenceCountUtil;
import io.qight.transport.TransportException.Untrusted;
import io.qight.wire.ErrorCode;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Connections that go on from earlier ones, and what they send before they are made. */
@Timeout(60)
final class EarlyDataIT {
    private static final String OTHER_ALPN = "other";

    /** Whatever comes early is of the one protocol. */
    private static final EarlyProtocol ANY = bytes -> Rig.ALPN;

    /** What begins with 1 is of the one protocol, with 2 of the other, and with 3 of either. */
    private static final EarlyProtocol BY_FIRST_BYTE =
            bytes ->
                    switch (bytes.getByte(bytes.readerIndex())) {
                        case 1 -> Rig.ALPN;
                        case 2 -> OTHER_ALPN;
                        default -> null;
                    };

    private static final TransportSettings SETTINGS =
            TransportSettings.defaults().withEventLoops(1);

    @TempDir Path directory;
    private TlsIdentity identity;
    private final ByteBudget budget = new ByteBudget(1 << 20, 1 << 19);
    private final BlockingQueue<Connection> accepted = new LinkedBlockingQueue<>();
    private final BlockingQueue<Delivered> streams = new LinkedBlockingQueue<>();
    private final BlockingQueue<ConnectionEnd> serverEnds = new LinkedBlockingQueue<>();
    private final BlockingQueue<ConnectionEnd> clientEnds = new LinkedBlockingQueue<>();
    private final ClientEndpoint client = ClientEndpoint.open(SETTINGS);
    private Function<QuicStreamChannel, ChannelHandler> handlers = Rig.Echo::new;
    private ServerEndpoint server;
    private UdpForwarder path;

    /** A stream that the server got, and whether the handshake was done then. */
    private record Delivered(long stream, boolean handshakeDone) {}

    @BeforeEach
    void start() throws Exception {
        identity = TlsIdentity.development(directory);
        server = serve(Rig.loopback(0), identity, ANY, Rig.ALPN);
        path = new UdpForwarder(server.address());
    }

    @AfterEach
    void end() {
        client.close();
        server.close();
        path.close();
    }

    private ServerEndpoint serve(
            InetSocketAddress at,
            TlsIdentity shown,
            @Nullable EarlyProtocol early,
            String... alpns) {
        return serve(new ServerConfig(at, shown, List.of(alpns), SETTINGS, budget, early));
    }

    private ServerEndpoint serve(ServerConfig config) {
        return ServerEndpoint.bind(
                config,
                connection -> {
                    accepted.add(connection);
                    return Rig.listener(
                            stream -> {
                                streams.add(
                                        new Delivered(
                                                stream.streamId(),
                                                connection.handshakeDone().isDone()));
                                return handlers.apply(stream);
                            },
                            serverEnds);
                });
    }

    /** Another run of the server, at the same address. */
    private void serveAgain(TlsIdentity shown, @Nullable EarlyProtocol early, String... alpns) {
        InetSocketAddress at = server.address();
        server.close();
        server = serve(at, shown, early, alpns);
    }

    /** The server of two protocols, reached anew. */
    private void serveBoth() throws Exception {
        server.close();
        server = serve(Rig.loopback(0), identity, BY_FIRST_BYTE, OTHER_ALPN, Rig.ALPN);
        path.close();
        path = new UdpForwarder(server.address());
    }

    private ConnectTarget target() {
        return new ConnectTarget(
                "127.0.0.1",
                path.port(),
                Trust.fingerprint(identity.fingerprint()),
                Rig.ALPN,
                Duration.ofSeconds(20));
    }

    private Connection connect() throws Exception {
        return Rig.get(client.connect(target(), Rig.listener(Rig.Echo::new, clientEnds)));
    }

    private Connection connectEarly() throws Exception {
        return Rig.get(client.connectEarly(target(), Rig.listener(Rig.Echo::new, clientEnds)));
    }

    /** Makes a connection that leaves a ticket, and forgets it. */
    private Connection leaveTicket() throws Exception {
        Connection connection = connectEarly();
        Rig.get(connection.handshakeDone());
        // The ticket comes before the first answer; the second is for one that was lost.
        Rig.exchange(connection, new byte[1]);
        Rig.exchange(connection, new byte[1]);
        connection.close(0, "next");
        Rig.take(clientEnds);
        Rig.take(serverEnds);
        accepted.clear();
        streams.clear();
        return connection;
    }

    /** Sends bytes on a new stream, and returns when they are sent; what comes back. */
    private static CompletableFuture<byte[]> send(Connection connection, byte[] bytes)
            throws Exception {
        Rig.Collector answer = new Rig.Collector();
        QuicStreamChannel stream = Rig.get(connection.openStream(answer));
        CompletableFuture<Void> sent = new CompletableFuture<>();
        stream.eventLoop()
                .execute(() -> {
                    StreamOutput output = StreamOutput.of(stream);
                    output.finish(Unpooled.copiedBuffer(bytes));
                    output.finished().thenRun(() -> sent.complete(null));
                });
        Rig.get(sent);
        return answer.all;
    }

    @Test
    void secondConnectionGoesOnFromTheFirst() throws Exception {
        Connection first = connect();
        assertThat(first.handshakeDone()).isCompleted();
        assertThat(first.resumed()).isFalse();
        Rig.exchange(first, new byte[1]);
        Rig.exchange(first, new byte[1]);
        Connection second = connect();
        assertThat(second.resumed()).isTrue();
        assertThat(Rig.exchange(second, new byte[10])).hasSize(10);
        assertThat(Rig.take(accepted).handshakeDone()).isCompleted();
    }

    @Test
    void withoutATicketTheHandshakeComesFirst() throws Exception {
        Connection connection = connectEarly();
        assertThat(connection.handshakeDone()).isCompleted();
        assertThat(connection.resumed()).isFalse();
    }

    @Test
    void earlyDataArrivesBeforeTheHandshakeIsDone() throws Exception {
        leaveTicket();
        path.holdAnswers();
        Connection connection = connectEarly();
        byte[] sent = {1, 2, 3};
        CompletableFuture<byte[]> answer = send(connection, sent);
        CompletableFuture<byte[]> longAnswer = send(connection, new byte[5000]);
        Connection atServer = Rig.take(accepted);
        assertThat(atServer.alpn()).isEqualTo(Rig.ALPN);
        assertThat(List.of(Rig.take(streams), Rig.take(streams)))
                .containsExactlyInAnyOrder(new Delivered(0, false), new Delivered(4, false));
        assertThat(atServer.handshakeDone()).isNotDone();
        assertThat(connection.handshakeDone()).isNotDone();
        assertThat(connection.alpn()).isEqualTo(Rig.ALPN);
        path.letAnswersThrough();
        Rig.get(connection.handshakeDone());
        Rig.get(atServer.handshakeDone());
        assertThat(connection.resumed()).isTrue();
        assertThat(Rig.get(answer)).isEqualTo(sent);
        assertThat(Rig.get(longAnswer)).hasSize(5000);
        // Nothing is left of the early time.
        assertThat(Rig.exchange(connection, new byte[500_000])).hasSize(500_000);
    }

    @Test
    void connectionThatConnectsWithoutEarlyDataSendsNone() throws Exception {
        Connection first = connect();
        Rig.exchange(first, new byte[1]);
        Rig.exchange(first, new byte[1]);
        accepted.clear();
        path.holdAnswers();
        CompletableFuture<Connection> connecting =
                client.connect(target(), Rig.listener(Rig.Echo::new, clientEnds));
        Rig.await("the server has it", () -> server.handshakes() == 1);
        assertThat(connecting).isNotDone();
        assertThat(accepted).isEmpty();
        path.letAnswersThrough();
        assertThat(Rig.get(connecting).resumed()).isTrue();
    }

    @Test
    void answerToEarlyDataComesWithTheHandshake() throws Exception {
        serveBoth();
        leaveTicket();
        path.holdAnswers();
        Connection connection = connectEarly();
        byte[] sent = {1, 2, 3};
        CompletableFuture<byte[]> answer = send(connection, sent);
        CompletableFuture<byte[]> second = send(connection, new byte[] {9});
        assertThat(List.of(Rig.take(streams), Rig.take(streams)))
                .containsExactlyInAnyOrder(new Delivered(0, false), new Delivered(4, false));
        // What the client says from now on, to end the handshake too, is lost.
        path.deafenServer();
        path.letAnswersThrough();
        assertThat(Rig.get(answer)).isEqualTo(sent);
        assertThat(Rig.get(second)).containsExactly(9);
        assertThat(Rig.take(accepted).handshakeDone()).isNotDone();
    }

    /** What is not agreed yet may be version 0, in which a replay would be stored twice. */
    @Test
    void whatMayBeOfEitherProtocolWaitsForTheHandshake() throws Exception {
        serveBoth();
        leaveTicket();
        path.holdAnswers();
        Connection connection = connectEarly();
        byte[] sent = new byte[7000];
        Arrays.fill(sent, (byte) 3);
        CompletableFuture<byte[]> answer = send(connection, sent);
        CompletableFuture<byte[]> second = send(connection, new byte[] {1});
        // What the client sends to end the handshake comes after its early data.
        path.letAnswersThrough();
        assertThat(Rig.get(answer)).isEqualTo(sent);
        assertThat(Rig.get(second)).containsExactly(1);
        assertThat(List.of(Rig.take(streams), Rig.take(streams)))
                .containsExactlyInAnyOrder(new Delivered(0, true), new Delivered(4, true));
    }

    @Test
    void otherStreamsWaitForTheFirst() throws Exception {
        serveBoth();
        leaveTicket();
        path.holdAnswers();
        Connection connection = connectEarly();
        Rig.Collector first = new Rig.Collector();
        QuicStreamChannel silent = Rig.get(connection.openStream(first));
        CompletableFuture<byte[]> second = send(connection, new byte[] {1});
        Rig.await("the server has it", () -> server.handshakes() == 1);
        silent.eventLoop()
                .execute(() ->
                        StreamOutput.of(silent).finish(Unpooled.copiedBuffer(new byte[] {1, 7})));
        assertThat(List.of(Rig.take(streams), Rig.take(streams)))
                .containsExactlyInAnyOrder(new Delivered(0, false), new Delivered(4, false));
        path.letAnswersThrough();
        assertThat(Rig.get(second)).containsExactly(1);
        assertThat(Rig.get(first.all)).containsExactly(1, 7);
    }

    @Test
    void heldStreamIsReadOnlyWhenItsHandlerReads() throws Exception {
        serveBoth();
        leaveTicket();
        BlockingQueue<ByReads> readers = new LinkedBlockingQueue<>();
        handlers =
                stream -> {
                    ByReads reader = new ByReads(stream);
                    readers.add(reader);
                    return reader;
                };
        path.holdAnswers();
        send(connectEarly(), new byte[] {1, 2, 3});
        ByReads reader = Rig.take(readers);
        Rig.get(reader.active);
        assertThat(reader.events).isEmpty();
        reader.stream.eventLoop().execute(reader.stream::read);
        assertThat(
                        List.of(
                                Rig.take(reader.events),
                                Rig.take(reader.events),
                                Rig.take(reader.events)))
                .containsExactly("3 bytes", "complete", "end");
    }

    @Test
    void clientThatBeginsWithAnotherProtocolThanAgreedIsClosed() throws Exception {
        serveBoth();
        leaveTicket();
        path.holdAnswers();
        Connection connection = connectEarly();
        CompletableFuture<byte[]> answer = send(connection, new byte[] {2});
        Connection atServer = Rig.take(accepted);
        assertThat(atServer.alpn()).isEqualTo(OTHER_ALPN);
        path.letAnswersThrough();
        assertThatThrownBy(() -> Rig.get(atServer.handshakeDone()))
                .hasCauseInstanceOf(TransportException.ConnectionLost.class);
        assertThat(Rig.take(clientEnds))
                .isInstanceOfSatisfying(
                        ConnectionEnd.Orderly.class,
                        end ->
                                assertThat(end.code())
                                        .isEqualTo(ErrorCode.MALFORMED_REQUEST.number()));
        assertThat(Rig.take(serverEnds)).isInstanceOf(ConnectionEnd.Closed.class);
        assertThat(answer).isDone();
    }

    @Test
    void serverThatTakesNoEarlyDataGetsItAfterTheHandshake() throws Exception {
        server.close();
        server = serve(Rig.loopback(0), identity, null, Rig.ALPN);
        path.close();
        path = new UdpForwarder(server.address());
        leaveTicket();
        path.holdAnswers();
        CompletableFuture<Connection> connecting =
                client.connectEarly(target(), Rig.listener(Rig.Echo::new, clientEnds));
        Rig.await("the server has it", () -> server.handshakes() == 1);
        assertThat(connecting).isNotDone();
        path.letAnswersThrough();
        Connection connection = Rig.get(connecting);
        assertThat(connection.resumed()).isTrue();
        assertThat(Rig.exchange(connection, new byte[] {1})).containsExactly(1);
    }

    @Test
    void earlyDataOnATicketOfAnEarlierRunIsSentAgain() throws Exception {
        leaveTicket();
        serveAgain(identity, ANY, Rig.ALPN);
        path.holdAnswers();
        Connection connection = connectEarly();
        List<CompletableFuture<byte[]>> answers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            answers.add(send(connection, new byte[3000 + i]));
        }
        path.letAnswersThrough();
        Rig.get(connection.handshakeDone());
        assertThat(connection.resumed()).isFalse();
        for (int i = 0; i < 3; i++) {
            assertThat(Rig.get(answers.get(i))).hasSize(3000 + i);
        }
        assertThat(streams)
                .as("each stream came once")
                .containsExactlyInAnyOrder(
                        new Delivered(0, true), new Delivered(4, true), new Delivered(8, true));
    }

    @Test
    void serverThatTakesNoEarlyDataAnyMoreGetsItAfterTheHandshake() throws Exception {
        leaveTicket();
        serveAgain(identity, null, Rig.ALPN);
        Connection connection = connectEarly();
        assertThat(Rig.get(send(connection, new byte[5000]))).hasSize(5000);
        assertThat(connection.resumed()).isFalse();
    }

    @Test
    void ticketLivesAsLongAsItsKey() throws Exception {
        leaveTicket();
        server.ticketKeys().rotate();
        Connection resumed = connectEarly();
        Rig.get(resumed.handshakeDone());
        assertThat(resumed.resumed()).isTrue();
        leaveTicket();
        server.ticketKeys().rotate();
        server.ticketKeys().rotate();
        Connection tooOld = connectEarly();
        assertThat(Rig.get(send(tooOld, new byte[10]))).hasSize(10);
        assertThat(tooOld.resumed()).isFalse();
    }

    @Test
    void clientsGoOnFromBeforeARenewalAndOthersSeeTheNewCertificate() throws Exception {
        Connection open = connect();
        Rig.exchange(open, new byte[1]);
        Connection first = leaveTicket();
        TlsIdentity next = TlsIdentity.development(directory.resolve("next"));
        server.renew(next);
        assertThat(Rig.exchange(open, new byte[10])).as("an open connection lives on").hasSize(10);

        Connection resumed = connectEarly();
        Rig.get(resumed.handshakeDone());
        assertThat(resumed.resumed()).isTrue();
        assertThat(resumed.peerKeyHash())
                .isEqualTo(first.peerKeyHash())
                .isEqualTo(identity.publicKeyHash());
        assertThat(Rig.exchange(resumed, new byte[10])).hasSize(10);

        ConnectTarget anew =
                new ConnectTarget(
                        "127.0.0.1",
                        path.port(),
                        Trust.fingerprint(next.fingerprint()),
                        Rig.ALPN,
                        Duration.ofSeconds(20));
        Connection other = Rig.get(client.connect(anew, Rig.listener(Rig.Echo::new, clientEnds)));
        assertThat(other.peerKeyHash()).isEqualTo(next.publicKeyHash());
        try (ClientEndpoint stranger = ClientEndpoint.open(SETTINGS)) {
            CompletableFuture<Connection> pinned =
                    stranger.connect(target(), Rig.listener(Rig.Echo::new, clientEnds));
            assertThatThrownBy(() -> Rig.get(pinned)).hasCauseInstanceOf(Untrusted.class);
        }
    }

    @Test
    void ticketsFromBeforeARenewalLiveNoLongerForIt() throws Exception {
        leaveTicket();
        server.renew(TlsIdentity.development(directory.resolve("next")));
        server.ticketKeys().rotate();
        Connection resumed = connectEarly();
        Rig.get(resumed.handshakeDone());
        assertThat(resumed.resumed()).isTrue();
        leaveTicket();
        server.ticketKeys().rotate();
        server.ticketKeys().rotate();
        CompletableFuture<Connection> tooOld =
                client.connectEarly(target(), Rig.listener(Rig.Echo::new, clientEnds));
        // It goes on with a whole handshake, which shows a certificate that it does not know.
        assertThatThrownBy(() -> Rig.get(Rig.get(tooOld).handshakeDone()))
                .hasCauseInstanceOf(Untrusted.class);
    }

    @Test
    void impostorGetsNothingThatWasSentEarly() throws Exception {
        leaveTicket();
        serveAgain(TlsIdentity.development(directory.resolve("impostor")), ANY, Rig.ALPN);
        path.holdAnswers();
        Connection connection = connectEarly();
        CompletableFuture<byte[]> answer = send(connection, new byte[10]);
        path.letAnswersThrough();
        assertThatThrownBy(() -> Rig.get(connection.handshakeDone()))
                .hasCauseInstanceOf(Untrusted.class);
        assertThatThrownBy(() -> Rig.get(answer)).isNotNull();
        assertThat(Rig.take(clientEnds))
                .isInstanceOfSatisfying(
                        ConnectionEnd.Lost.class,
                        lost -> assertThat(lost.why()).contains("is not trusted"));
        assertThat(streams).isEmpty();
    }

    @Test
    void ticketIsOfNoUseToOneWhoTrustsAnother() throws Exception {
        leaveTicket();
        TlsIdentity other = TlsIdentity.development(directory.resolve("other"));
        ConnectTarget target =
                new ConnectTarget(
                        "127.0.0.1",
                        path.port(),
                        Trust.fingerprint(other.fingerprint()),
                        Rig.ALPN,
                        Duration.ofSeconds(20));
        CompletableFuture<Connection> connecting =
                client.connectEarly(target, Rig.listener(Rig.Echo::new, clientEnds));
        assertThatThrownBy(() -> Rig.get(connecting)).hasCauseInstanceOf(Untrusted.class);
    }

    @Test
    void earlyConnectionToNobodyEnds() throws Exception {
        leaveTicket();
        path.cut();
        ConnectTarget target =
                new ConnectTarget(
                        "127.0.0.1",
                        path.port(),
                        Trust.fingerprint(identity.fingerprint()),
                        Rig.ALPN,
                        Duration.ofMillis(500));
        Connection connection =
                Rig.get(client.connectEarly(target, Rig.listener(Rig.Echo::new, clientEnds)));
        CompletableFuture<byte[]> answer = send(connection, new byte[10]);
        assertThatThrownBy(() -> Rig.get(connection.handshakeDone()))
                .hasCauseInstanceOf(TransportException.ConnectTimedOut.class);
        assertThatThrownBy(() -> Rig.get(answer)).isNotNull();
        assertThat(Rig.take(clientEnds)).isInstanceOf(ConnectionEnd.Lost.class);
        assertThatThrownBy(() -> Rig.get(connection.openStream(new Rig.Collector())))
                .hasCauseInstanceOf(TransportException.ConnectionLost.class);
    }

    @Test
    void clientThatNeverEndsItsHandshakeIsGivenUp() throws Exception {
        server.close();
        TransportSettings impatient = SETTINGS.withIdleTimeout(Duration.ofSeconds(3));
        server =
                serve(
                        new ServerConfig(
                                server.address(),
                                identity,
                                List.of(Rig.ALPN),
                                impatient,
                                budget,
                                ANY));
        leaveTicket();
        path.holdAnswers();
        Connection connection = connectEarly();
        CompletableFuture<byte[]> answer = send(connection, new byte[10]);
        Connection atServer = Rig.take(accepted);
        path.cut();
        Rig.take(serverEnds);
        assertThatThrownBy(() -> Rig.get(atServer.handshakeDone()))
                .hasCauseInstanceOf(TransportException.class);
        assertThatThrownBy(() -> Rig.get(answer)).isNotNull();
        Rig.await("the handshake is over", () -> server.handshakes() == 0);
    }

    @Test
    void onlyAFewStreamsAreOpenedEarly() throws Exception {
        leaveTicket();
        path.holdAnswers();
        Connection connection = connectEarly();
        List<CompletableFuture<QuicStreamChannel>> opening = new ArrayList<>();
        for (int i = 0; i < 2 * Connection.EARLY_STREAMS_MAX; i++) {
            opening.add(connection.openStream(new Rig.Collector()));
        }
        for (int i = 0; i < Connection.EARLY_STREAMS_MAX; i++) {
            Rig.get(opening.get(i));
        }
        assertThat(opening.get(Connection.EARLY_STREAMS_MAX)).isNotDone();
        path.letAnswersThrough();
        for (CompletableFuture<QuicStreamChannel> each : opening) {
            Rig.get(each);
        }
        assertThat(Rig.exchange(connection, new byte[10])).hasSize(10);
    }

    /** Tells what it reads, and reads when it is told to. */
    private static final class ByReads extends ChannelInboundHandlerAdapter {
        final QuicStreamChannel stream;
        final CompletableFuture<Void> active = new CompletableFuture<>();
        final BlockingQueue<String> events = new LinkedBlockingQueue<>();

        ByReads(QuicStreamChannel stream) {
            this.stream = stream;
            stream.config().setAutoRead(false);
        }

        @Override
        public void channelActive(ChannelHandlerContext context) {
            active.complete(null);
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            events.add(((ByteBuf) message).readableBytes() + " bytes");
            ReferenceCountUtil.release(message);
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            events.add("complete");
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (event == ChannelInputShutdownEvent.INSTANCE) {
                events.add("end");
            }
        }
    }
}
