package io.qight.bench;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.util.ReferenceCountUtil;
import io.qight.testkit.RoughNetwork;
import io.qight.transport.ClientEndpoint;
import io.qight.transport.ConnectTarget;
import io.qight.transport.Connection;
import io.qight.transport.ConnectionEnd;
import io.qight.transport.ConnectionListener;
import io.qight.transport.StreamOutput;
import io.qight.transport.TransportSettings;
import io.qight.transport.Trust;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.FrameCodec;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * How long it takes from the wish to connect to WELCOME: cold, that is, by an endpoint that has no
 * ticket, on a session ticket, and with HELLO as early data on a ticket; directly, and behind a
 * network with a round trip of 50 ms.
 *
 * <p>Arguments: port of a relay on this machine, its certificate file, and optionally rounds (50).
 */
public final class ReconnectBenchmark {
    private static final Duration ONE_WAY = Duration.ofMillis(25);
    private static final int WARM_UP = 10;

    private final ClientEndpoint endpoint;
    private final Trust trust;
    private final int rounds;
    private long tookNanos;

    private ReconnectBenchmark(ClientEndpoint endpoint, Trust trust, int rounds) {
        this.endpoint = endpoint;
        this.trust = trust;
        this.rounds = rounds;
    }

    private enum Way {
        COLD,
        RESUMED,
        EARLY
    }

    /** Runs all ways, in turns. */
    public static void main(String[] args) {
        int relay = Integer.parseInt(args[0]);
        Trust trust = Trust.certificate(Path.of(args[1]));
        int rounds = args.length > 2 ? Integer.parseInt(args[2]) : 50;
        try (ClientEndpoint endpoint = open();
                RoughNetwork far =
                        RoughNetwork.before(
                                new InetSocketAddress(InetAddress.getLoopbackAddress(), relay),
                                1)) {
            far.delay(ONE_WAY, Duration.ZERO);
            ReconnectBenchmark benchmark = new ReconnectBenchmark(endpoint, trust, rounds);
            benchmark.run("direct", relay);
            benchmark.run("round trip of 50 ms", far.address().getPort());
        }
    }

    private void run(String where, int port) {
        Map<Way, List<Long>> nanos = new EnumMap<>(Way.class);
        Map<Way, Integer> resumed = new EnumMap<>(Way.class);
        for (int round = -WARM_UP; round < rounds; round++) {
            for (Way way : Way.values()) {
                boolean again = connect(way, port);
                if (round >= 0) {
                    nanos.computeIfAbsent(way, any -> new ArrayList<>()).add(tookNanos);
                    resumed.merge(way, again ? 1 : 0, Integer::sum);
                }
            }
        }
        nanos.forEach((way, all) -> {
            all.sort(null);
            System.out.printf(
                    Locale.ROOT,
                    "%s, %s: p50 %.1f ms, p99 %.1f ms; %d of %d on a ticket%n",
                    where,
                    way,
                    all.get(rounds / 2) / 1e6,
                    all.get(rounds * 99 / 100) / 1e6,
                    resumed.getOrDefault(way, 0),
                    rounds);
        });
    }

    /** Connects and is let in; says whether the session was resumed. */
    private boolean connect(Way way, int port) {
        if (way == Way.COLD) {
            try (ClientEndpoint fresh = open()) {
                return connect(fresh, way, port);
            }
        }
        return connect(endpoint, way, port);
    }

    private boolean connect(ClientEndpoint from, Way way, int port) {
        ConnectTarget target =
                new ConnectTarget("127.0.0.1", port, trust, "qight/1", Duration.ofSeconds(10));
        long start = System.nanoTime();
        Connection connection =
                way == Way.COLD
                        ? from.connect(target, new Listener()).join()
                        : from.connectEarly(target, new Listener()).join();
        if (way != Way.EARLY) {
            connection.handshakeDone().join();
        }
        Hello hello = new Hello();
        connection.openStream(hello).join();
        hello.welcome.join();
        tookNanos = System.nanoTime() - start;
        connection.handshakeDone().join();
        connection.close(0, "");
        return connection.resumed();
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

    /** The control stream: says HELLO, and waits for anything. */
    private static final class Hello extends ChannelInboundHandlerAdapter {
        final CompletableFuture<Void> welcome = new CompletableFuture<>();

        @Override
        public void channelActive(ChannelHandlerContext context) {
            ByteBuffer none = ByteBuffer.allocate(0);
            ByteBuf hello = context.alloc().buffer();
            FrameCodec.encode(new Frame.Hello("bench", 0, none, none), hello);
            StreamOutput.of((QuicStreamChannel) context.channel()).write(hello);
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            ReferenceCountUtil.release(message);
            welcome.complete(null);
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            welcome.completeExceptionally(new IllegalStateException("the stream was closed"));
        }
    }
}
