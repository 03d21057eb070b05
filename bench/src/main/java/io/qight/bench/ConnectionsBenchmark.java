package io.qight.bench;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.util.ReferenceCountUtil;
import io.qight.client.ClientConfig;
import io.qight.client.RelayClient;
import io.qight.transport.ClientEndpoint;
import io.qight.transport.ConnectTarget;
import io.qight.transport.Connection;
import io.qight.transport.ConnectionEnd;
import io.qight.transport.ConnectionListener;
import io.qight.transport.StreamOutput;
import io.qight.transport.TransportSettings;
import io.qight.transport.Trust;
import io.qight.wire.MessageEnvelope;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.FrameCodec;
import io.qight.wire.v1.Id;
import io.qight.wire.v1.Mode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * What connections cost a relay, beside a raw echo: QUIC by the same endpoints and settings, and
 * nothing else. How many are made in a second, cold and on session tickets; what memory an idle one
 * with two open streams takes, which says PING every 10 s; and how soon a message reaches one of
 * many idle receivers.
 *
 * <p>Linux alone. Arguments: the distribution's directory, idle connections, rounds.
 */
public final class ConnectionsBenchmark {
    private static final int TOGETHER = 32;
    private static final int CONNECTS = 640;
    private static final int FEW = 100;
    private static final int MESSAGES = 2_000;

    /** Longer than a run, so that nothing comes a second time. */
    private static final long LEASE_MILLIS = 3_600_000;

    private static final int PING_SECONDS = 10;

    private final Path distribution;
    private final Path work;

    private ConnectionsBenchmark(Path distribution, Path work) {
        this.distribution = distribution;
        this.work = work;
    }

    /** Measures and prints. */
    public static void main(String[] args) throws Exception {
        Path work = Files.createTempDirectory("qight-connections-");
        ConnectionsBenchmark benchmark =
                new ConnectionsBenchmark(Path.of(args[0]).toAbsolutePath(), work);
        int idle = Integer.parseInt(args[1]);
        for (int round = 0; round < Integer.parseInt(args[2]); round++) {
            benchmark.round(round, idle);
        }
    }

    /** A server, and what a client says on its two streams there. */
    private record Place(
            OwnServer server,
            Trust trust,
            String alpn,
            Function<Integer, List<Frame>> first,
            Function<Integer, List<Frame>> second) {
        ConnectTarget target() {
            return new ConnectTarget(
                    "127.0.0.1", server.port(), trust, alpn, Duration.ofSeconds(30));
        }
    }

    private record Idle(Connection connection, Said second) {}

    private void round(int round, int idle) throws Exception {
        Path echoFiles = Files.createDirectories(work.resolve("echo-" + round));
        Path relayFiles = Files.createDirectories(work.resolve("relay-" + round));
        try (OwnServer echo = OwnServer.echo(distribution, echoFiles);
                OwnServer relay = OwnServer.relay(distribution, relayFiles)) {
            Place bare =
                    new Place(
                            echo,
                            OwnServer.trust(echoFiles),
                            "echo",
                            ConnectionsBenchmark::hello,
                            ConnectionsBenchmark::subscribe);
            Place qight =
                    new Place(
                            relay,
                            OwnServer.trust(relayFiles),
                            "qight/1",
                            ConnectionsBenchmark::hello,
                            ConnectionsBenchmark::subscribe);
            connects(bare);
            connects(qight);
            double[] bareRates = connects(bare);
            double[] rates = connects(qight);
            print("connects a second, cold", rates[0], bareRates[0]);
            print("connects a second, on tickets", rates[1], bareRates[1]);
            double bareKib = idle(bare, idle, false);
            double kib = idle(qight, idle, true);
            print("KiB an idle connection", kib, bareKib);
        }
    }

    /** Connections a second that are let in: cold, and on tickets. */
    private static double[] connects(Place place) {
        long cold = 0;
        for (int made = 0; made < CONNECTS; made += TOGETHER) {
            // Tickets come after the handshake, so those that are made together have none.
            try (ClientEndpoint fresh = open()) {
                cold += connects(fresh, place, false);
            }
        }
        long resumed = 0;
        try (ClientEndpoint endpoint = open()) {
            connects(endpoint, place, true);
            for (int made = 0; made < CONNECTS; made += TOGETHER) {
                resumed += connects(endpoint, place, true);
            }
        }
        return new double[] {CONNECTS / (cold / 1e9), CONNECTS / (resumed / 1e9)};
    }

    private static long connects(ClientEndpoint endpoint, Place place, boolean again) {
        long start = System.nanoTime();
        List<CompletableFuture<Connection>> opening = new ArrayList<>();
        for (int i = 0; i < TOGETHER; i++) {
            opening.add(connect(endpoint, place, again));
        }
        List<Connection> all = opening.stream().map(CompletableFuture::join).toList();
        long took = System.nanoTime() - start;
        all.forEach(connection -> connection.close(0, ""));
        return took;
    }

    /** Completes when the server has answered on the first stream. */
    private static CompletableFuture<Connection> connect(
            ClientEndpoint endpoint, Place place, boolean again) {
        CompletableFuture<Connection> connecting =
                again
                        ? endpoint.connectEarly(place.target(), new Listener())
                        : endpoint.connect(place.target(), new Listener());
        return connecting.thenCompose(connection -> {
            Said hello = new Said(place.first.apply(0));
            connection.openStream(hello);
            return hello.answered
                    .thenCompose(answer -> connection.handshakeDone())
                    .thenApply(done -> connection);
        });
    }

    /** Memory of the server for each of so many idle connections, in KiB. */
    private static double idle(Place place, int count, boolean receives) throws Exception {
        try (ClientEndpoint endpoint = open()) {
            List<Idle> all = new ArrayList<>();
            open(endpoint, place, all, FEW);
            if (receives) {
                reach("with " + FEW + " receivers", place, all);
            }
            long before = place.server.residentBytes();
            open(endpoint, place, all, count);
            double kib = (place.server.residentBytes() - before) / 1024.0 / (count - FEW);
            if (receives) {
                reach("with " + count + " receivers", place, all);
            }
            return kib;
        }
    }

    private static void open(ClientEndpoint endpoint, Place place, List<Idle> all, int count) {
        while (all.size() < count) {
            List<CompletableFuture<Idle>> opening = new ArrayList<>();
            for (int i = 0; i < TOGETHER && all.size() + i < count; i++) {
                int number = all.size() + i;
                opening.add(
                        connect(endpoint, place, false)
                                .thenCompose(connection -> {
                                    Said second = new Said(place.second.apply(number));
                                    connection.openStream(second);
                                    return second.answered.thenApply(
                                            answer -> new Idle(connection, second));
                                }));
            }
            opening.forEach(idle -> all.add(idle.join()));
        }
    }

    /** One message after the other to any of the receivers: from the call of send to its bytes. */
    private static void reach(String where, Place place, List<Idle> all) throws Exception {
        ClientConfig config = ClientConfig.defaults().withTrust(place.trust);
        try (RelayClient sender = RelayClient.connect("127.0.0.1:" + place.server.port(), config)) {
            long[] nanos = new long[MESSAGES];
            for (int i = -MESSAGES; i < MESSAGES; i++) {
                int number = ThreadLocalRandom.current().nextInt(all.size());
                CompletableFuture<Void> heard = all.get(number).second.hear();
                MessageEnvelope envelope =
                        MessageEnvelope.builder()
                                .sender("bench")
                                .recipient(mailbox(number))
                                .payload(new byte[128])
                                .build();
                long start = System.nanoTime();
                sender.sendAsync(envelope);
                heard.get(10, TimeUnit.SECONDS);
                nanos[Math.max(i, 0)] = System.nanoTime() - start;
            }
            Arrays.sort(nanos);
            System.out.printf(
                    Locale.ROOT,
                    "a message reaches one %s: p50 %.2f ms, p99 %.2f ms%n",
                    where,
                    nanos[MESSAGES / 2] / 1e6,
                    nanos[MESSAGES * 99 / 100] / 1e6);
        }
    }

    private static List<Frame> hello(int number) {
        ByteBuffer none = ByteBuffer.allocate(0);
        return List.of(new Frame.Hello("bench", 0, none, none));
    }

    private static List<Frame> subscribe(int number) {
        Id id = new Id(ThreadLocalRandom.current().nextLong(), number);
        return List.of(
                new Frame.Subscribe(id, 1, Mode.SHARED, LEASE_MILLIS, 1_000, 1 << 20, 0, 0),
                new Frame.Add(0, mailbox(number)));
    }

    private static String mailbox(int number) {
        return "idle-" + number;
    }

    private static void print(String what, double figure, double echo) {
        System.out.printf(
                Locale.ROOT, "%s: %.1f, echo %.1f: %.2f%n", what, figure, echo, figure / echo);
    }

    private static ClientEndpoint open() {
        return ClientEndpoint.open(TransportSettings.defaults().withEventLoops(1));
    }

    private static final class Listener implements ConnectionListener {
        @Override
        public ChannelInboundHandlerAdapter onStream(QuicStreamChannel stream) {
            return new ChannelInboundHandlerAdapter();
        }

        @Override
        public void onClosed(ConnectionEnd end) {}
    }

    /** A stream on which something is said, and then listened. */
    private static final class Said extends ChannelInboundHandlerAdapter {
        final CompletableFuture<Void> answered = new CompletableFuture<>();
        private final List<Frame> frames;
        private volatile CompletableFuture<Void> next = answered;

        Said(List<Frame> frames) {
            this.frames = frames;
        }

        /** Completes with the next bytes that come. */
        CompletableFuture<Void> hear() {
            CompletableFuture<Void> heard = new CompletableFuture<>();
            next = heard;
            return heard;
        }

        @Override
        public void channelActive(ChannelHandlerContext context) {
            ByteBuf bytes = context.alloc().buffer();
            frames.forEach(frame -> FrameCodec.encode(frame, bytes));
            StreamOutput output = StreamOutput.of((QuicStreamChannel) context.channel());
            output.write(bytes);
            if (frames.get(0) instanceof Frame.Hello) {
                stayAlive(context, output);
            }
        }

        private static void stayAlive(ChannelHandlerContext context, StreamOutput output) {
            context.executor()
                    .schedule(
                            () -> {
                                if (context.channel().isActive()) {
                                    ByteBuf ping = context.alloc().buffer();
                                    FrameCodec.encode(new Frame.Ping(1), ping);
                                    output.write(ping);
                                    stayAlive(context, output);
                                }
                            },
                            PING_SECONDS,
                            TimeUnit.SECONDS);
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            ReferenceCountUtil.release(message);
            next.complete(null);
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            answered.completeExceptionally(new IOException("the stream was closed"));
        }
    }
}
