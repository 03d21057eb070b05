package io.qight.transport;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.DatagramPacket;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicChannelOption;
import io.netty.handler.codec.quic.QuicClientCodecBuilder;
import io.netty.handler.codec.quic.QuicConnectionCloseEvent;
import io.netty.handler.codec.quic.QuicSslEngine;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Tries to connect to one address, by a UDP socket of its own that is connected to it, so that the
 * kernel tells at once when nothing listens there. Runs on its event loop.
 */
final class ConnectAttempt {
    /** TLS alert 120, no_application_protocol. */
    private static final int NO_APPLICATION_PROTOCOL = 120;

    /**
     * So many times in a row, with no datagram from the relay between, its host must say that
     * nothing listens before an established connection is given up: once may be a forgery.
     */
    private static final int UNREACHABLE_MAX = 3;

    private final Factory factory;
    private final ConnectTarget target;
    private final InetSocketAddress address;
    private final long timeoutNanos;
    private final ConnectionHandler handler;
    private final Consumer<TransportException> failed;
    private @Nullable QuicSslEngine engine;
    private @Nullable Channel socket;
    private @Nullable QuicChannel connection;
    private boolean connected;
    private boolean over;

    private ConnectAttempt(
            Factory factory,
            ConnectTarget target,
            InetSocketAddress address,
            long timeoutNanos,
            ConnectionAcceptor acceptor,
            Consumer<TransportException> failed) {
        this.factory = factory;
        this.target = target;
        this.address = address;
        this.timeoutNanos = timeoutNanos;
        this.failed = failed;
        this.handler =
                ConnectionHandler.ofClient(
                        connection -> {
                            connected = true;
                            return acceptor.onConnection(connection);
                        },
                        factory.tls().earlyAlpn(),
                        target.certificate() != null);
    }

    /** What every attempt of one endpoint with one trust has in common. */
    record Factory(TransportSettings settings, Platform platform, EventLoops loops, ClientTls tls) {
        /** Begins an attempt: either the acceptor hears of it, or {@code failed} does. */
        ConnectAttempt begin(
                EventLoop loop,
                ConnectTarget target,
                InetSocketAddress address,
                long timeoutNanos,
                ConnectionAcceptor acceptor,
                Consumer<TransportException> failed) {
            ConnectAttempt attempt =
                    new ConnectAttempt(this, target, address, timeoutNanos, acceptor, failed);
            attempt.openSocket(loop);
            return attempt;
        }
    }

    /** Gives up; nobody hears of it but the relay, for which it may be a connection already. */
    void abandon() {
        over = true;
        if (connection != null && !connected) {
            ConnectionHandler.close(connection, 0, Unpooled.EMPTY_BUFFER);
        } else if (!connected) {
            closeSocket();
        }
    }

    private void openSocket(EventLoop loop) {
        Bootstrap bootstrap = new Bootstrap().group(loop).handler(new SocketInitializer());
        ChannelFuture opened =
                factory.platform().configure(bootstrap, factory.settings(), false).connect(address);
        socket = opened.channel();
        // When not even a socket could be made, the future is complete on another thread.
        opened.addListener(future -> loop.execute(() -> socketOpened(opened)));
    }

    private void socketOpened(ChannelFuture opened) {
        Channel udp = opened.channel();
        if (!opened.isSuccess()) {
            fail(cannotConnect(String.valueOf(opened.cause().getMessage()), opened.cause()));
            return;
        }
        if (over) {
            udp.close();
            return;
        }
        factory.loops().add(udp);
        QuicChannel.newBootstrap(udp)
                .handler(new ConnectionInitializer())
                .streamHandler(ConnectionHandler.STREAMS)
                .option(
                        ChannelOption.CONNECT_TIMEOUT_MILLIS,
                        (int) Math.min(Integer.MAX_VALUE, NANOSECONDS.toMillis(timeoutNanos) + 1))
                .option(
                        QuicChannelOption.SEGMENTED_DATAGRAM_PACKET_ALLOCATOR,
                        factory.platform().segments(factory.settings()))
                .remoteAddress(address)
                .connect()
                .addListener((Future<QuicChannel> future) -> handshakeEnded(future));
    }

    private void handshakeEnded(Future<QuicChannel> handshake) {
        if (!handshake.isSuccess()) {
            TransportException reason = reason(handshake.cause());
            handler.handshakeFailed(reason);
            fail(reason);
        }
    }

    private TransportException reason(Throwable cause) {
        TrustCheck.Refusal refusal = engine == null ? null : factory.tls().refusal(engine);
        QuicConnectionCloseEvent event = handler.closeEvent();
        if (refusal != null) {
            return new TransportException.Untrusted(
                    "the certificate of the relay at "
                            + target.address()
                            + " is not trusted: "
                            + refusal.why()
                            + "; the certificate seen has the fingerprint sha256:"
                            + refusal.fingerprint(),
                    refusal.fingerprint());
        }
        if (event != null && noCommonProtocol(event)) {
            return new TransportException.NoCommonProtocol(
                    "the server at "
                            + target.address()
                            + " does not speak the protocol "
                            + target.alpn());
        }
        if (event != null) {
            return cannotConnect("it closed the connection with error " + event.error(), cause);
        }
        if (cause instanceof ConnectTimeoutException) {
            return new TransportException.ConnectTimedOut(target);
        }
        return cannotConnect(String.valueOf(cause.getMessage()), cause);
    }

    private static boolean noCommonProtocol(QuicConnectionCloseEvent event) {
        return event.isTlsError()
                && QuicConnectionCloseEvent.extractTlsError(event.error())
                        == NO_APPLICATION_PROTOCOL;
    }

    private TransportException cannotConnect(String why, Throwable cause) {
        return new TransportException.CannotConnect(
                "cannot connect to " + target.address() + ": " + why, cause);
    }

    private void fail(TransportException failure) {
        if (!over) {
            over = true;
            closeSocket();
            failed.accept(failure);
        }
    }

    private void closeSocket() {
        // One that could not be made has no event loop, and refuses to be closed.
        if (socket != null && socket.isRegistered()) {
            socket.close();
        }
    }

    private final class SocketInitializer extends ChannelInitializer<Channel> {
        @Override
        protected void initChannel(Channel udp) {
            QuicClientCodecBuilder codec =
                    factory.settings()
                            .tune(new QuicClientCodecBuilder())
                            .sslEngineProvider(channel -> {
                                engine = factory.tls().engine(channel.alloc(), target);
                                return engine;
                            });
            udp.pipeline()
                    .addLast(
                            new RelayHost(), new FirstFlights(), codec.build(), QuietTail.INSTANCE);
        }
    }

    private final class ConnectionInitializer extends ChannelInitializer<QuicChannel> {
        @Override
        protected void initChannel(QuicChannel channel) {
            connection = channel;
            Channel udp = channel.parent();
            factory.loops().add(channel);
            channel.pipeline().addLast(handler);
            // Later: what the connection said at its end is sent first.
            channel.closeFuture().addListener(future -> udp.eventLoop().execute(udp::close));
        }
    }

    /**
     * Hears from the kernel that the relay's host says that nothing listens at its port, and sees
     * from the first packet of a finished handshake that the relay is done with it.
     */
    private final class RelayHost extends ChannelInboundHandlerAdapter {
        private int inARow;

        @Override
        public void channelRead(ChannelHandlerContext context, Object datagram) {
            inARow = 0;
            if (connected
                    && !handler.isConfirmed()
                    && OneRttPackets.isIn(((DatagramPacket) datagram).content())) {
                handler.confirmed();
            }
            context.fireChannelRead(datagram);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            if (!(cause instanceof PortUnreachableException)) {
                context.fireExceptionCaught(cause);
            } else if (!connected) {
                fail(cannotConnect("nothing listens there", cause));
            } else if (++inARow >= UNREACHABLE_MAX) {
                handler.lose(new PortUnreachableException("the relay's host says that it is gone"));
            }
        }
    }
}
