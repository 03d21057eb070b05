package io.qight.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.util.NetUtil;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.assertj.core.api.Assertions;
import org.jspecify.annotations.Nullable;

/** What tests of real connections have in common: a server that records, a client, and waiting. */
final class Rig implements AutoCloseable {
    static final String ALPN = "qight";
    static final Duration PATIENCE = Duration.ofSeconds(20);

    final TlsIdentity identity;
    final ByteBudget budget = new ByteBudget(1 << 20, 1 << 19);
    final BlockingQueue<Connection> accepted = new LinkedBlockingQueue<>();
    final BlockingQueue<ConnectionEnd> serverEnds = new LinkedBlockingQueue<>();
    final BlockingQueue<ConnectionEnd> clientEnds = new LinkedBlockingQueue<>();
    final ServerEndpoint server;
    final ClientEndpoint client;

    Rig(Path directory, TransportSettings settings, Function<QuicStreamChannel, ChannelHandler> h) {
        this(TlsIdentity.development(directory), settings, h);
    }

    Rig(
            TlsIdentity identity,
            TransportSettings settings,
            Function<QuicStreamChannel, ChannelHandler> h) {
        this.identity = identity;
        server =
                ServerEndpoint.bind(
                        new ServerConfig(loopback(0), identity, List.of(ALPN), settings, budget),
                        connection -> {
                            accepted.add(connection);
                            return listener(h, serverEnds);
                        });
        client = ClientEndpoint.open(settings);
    }

    static InetSocketAddress loopback(int port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    static InetAddress address(String literal) throws UnknownHostException {
        return InetAddress.getByAddress(NetUtil.createByteArrayFromIpAddressString(literal));
    }

    static ConnectionListener listener(
            Function<QuicStreamChannel, ChannelHandler> handlers,
            BlockingQueue<ConnectionEnd> ends) {
        return new ConnectionListener() {
            @Override
            public ChannelHandler onStream(QuicStreamChannel stream) {
                return handlers.apply(stream);
            }

            @Override
            public void onClosed(ConnectionEnd end) {
                ends.add(end);
            }
        };
    }

    ConnectTarget target(int port) {
        return new ConnectTarget(
                "127.0.0.1",
                port,
                Trust.fingerprint(identity.fingerprint()),
                ALPN,
                Duration.ofSeconds(10));
    }

    Connection connect() throws Exception {
        return connect(target(server.address().getPort()));
    }

    Connection connect(ConnectTarget target) throws Exception {
        return get(client.connect(target, listener(stream -> new Echo(stream), clientEnds)));
    }

    /** Why this connect failed. */
    <T extends TransportException> T failure(Class<T> type, ConnectTarget target) {
        return failure(type, client, target);
    }

    <T extends TransportException> T failure(
            Class<T> type, ClientEndpoint endpoint, ConnectTarget target) {
        CompletableFuture<Connection> connecting =
                endpoint.connect(target, listener(Echo::new, clientEnds));
        Throwable thrown = Assertions.catchThrowable(() -> get(connecting));
        assertThat(thrown).isInstanceOf(ExecutionException.class).hasCauseInstanceOf(type);
        return type.cast(Objects.requireNonNull(thrown.getCause()));
    }

    static <T extends @Nullable Object> T get(CompletableFuture<T> future) throws Exception {
        return future.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    static <T> T take(BlockingQueue<T> queue) throws InterruptedException {
        T taken = queue.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        if (taken == null) {
            throw new AssertionError("nothing came within " + PATIENCE);
        }
        return taken;
    }

    static void await(String what, BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not within " + PATIENCE + ": " + what);
            }
            TimeUnit.MILLISECONDS.sleep(2);
        }
    }

    /** Sends bytes on a new stream and returns all that comes back. */
    static byte[] exchange(Connection connection, byte[] request) throws Exception {
        Collector collector = new Collector();
        QuicStreamChannel stream = get(connection.openStream(collector));
        stream.eventLoop()
                .execute(() -> StreamOutput.of(stream).finish(Unpooled.copiedBuffer(request)));
        return get(collector.all);
    }

    @Override
    public void close() {
        client.close();
        server.close();
    }

    /** Collects a stream until its end. */
    static class Collector extends ChannelInboundHandlerAdapter {
        final CompletableFuture<byte[]> all = new CompletableFuture<>();
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
            ByteBuf read = (ByteBuf) message;
            try {
                read.readBytes(bytes, read.readableBytes());
            } finally {
                read.release();
            }
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (event == ChannelInputShutdownEvent.INSTANCE) {
                all.complete(bytes.toByteArray());
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            all.completeExceptionally(cause);
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            all.completeExceptionally(
                    new AssertionError(
                            "the stream closed before its end"
                                    + (context.channel().parent().isActive() ? "" : " with all")));
        }
    }

    /** Sends back what it reads. */
    static final class Echo extends ChannelInboundHandlerAdapter {
        private final StreamOutput output;

        Echo(QuicStreamChannel stream) {
            output = StreamOutput.of(stream);
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            output.write((ByteBuf) message);
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (event == ChannelInputShutdownEvent.INSTANCE) {
                output.finish();
            }
        }
    }
}
