package io.qight.transport;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicChannelOption;
import io.netty.handler.codec.quic.QuicServerCodecBuilder;
import java.time.Clock;

/** Sets up the UDP sockets of a server's port, and the connections that come through them. */
final class ServerSocket {
    /**
     * How often a client's address may change: the QUIC library never forgets a path that it once
     * used, bounds them by this limit of connection ids, and is deaf to the next address.
     */
    private static final int PATHS_MAX = 64;

    private final ServerConfig config;
    private final Platform platform;
    private final EventLoops loops;
    private final ConnectionAcceptor acceptor;
    private final SharedPort port;
    private final ServerTls tls;
    private final Handshakes handshakes;
    private final TokenKeys tokenKeys = new TokenKeys();

    ServerSocket(
            ServerConfig config,
            Platform platform,
            EventLoops loops,
            ConnectionAcceptor acceptor,
            SharedPort port) {
        this.config = config;
        this.platform = platform;
        this.loops = loops;
        this.acceptor = acceptor;
        this.port = port;
        this.tls = new ServerTls(config);
        this.handshakes = new Handshakes(config.handshakes(), System::nanoTime);
    }

    Handshakes handshakes() {
        return handshakes;
    }

    ServerTls tls() {
        return tls;
    }

    TokenKeys tokenKeys() {
        return tokenKeys;
    }

    /** What sets up the socket with this number. */
    ChannelHandler initializer(int number) {
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel socket) {
                initSocket(socket, number);
            }
        };
    }

    private void initSocket(Channel socket, int number) {
        QuicServerCodecBuilder codec =
                config.settings()
                        .tune(new QuicServerCodecBuilder())
                        .sslEngineProvider(channel -> tls.engine(channel.alloc()))
                        .localConnectionIdLength(SharedPort.ID_BYTES)
                        .connectionIdAddressGenerator(port.connectionIds(number))
                        .activeConnectionIdLimit(PATHS_MAX)
                        .tokenHandler(new RetryTokens(tokenKeys, handshakes, Clock.systemUTC()))
                        .option(
                                QuicChannelOption.SEGMENTED_DATAGRAM_PACKET_ALLOCATOR,
                                platform.segments(config.settings()))
                        .handler(new Connections())
                        .streamHandler(ConnectionHandler.STREAMS);
        AmplificationLimit amplification = new AmplificationLimit();
        socket.pipeline()
                .addLast(
                        port.socket(number),
                        new InitialLimit(handshakes, amplification, System::nanoTime),
                        amplification);
        if (config.earlyProtocol() != null) {
            socket.pipeline().addLast(new FirstFlights());
        }
        socket.pipeline().addLast(codec.build(), QuietTail.INSTANCE);
    }

    /** Sets up each connection when its first datagram has come. */
    private final class Connections extends ChannelInitializer<QuicChannel> {
        @Override
        public boolean isSharable() {
            return true;
        }

        @Override
        protected void initChannel(QuicChannel channel) {
            loops.add(channel);
            channel.pipeline()
                    .addLast(
                            new HandshakeLimit(handshakes, config.settings().idleTimeout()),
                            ConnectionHandler.ofServer(
                                    new ServerSide(config.budget(), handshakes),
                                    acceptor,
                                    config.earlyProtocol()));
        }
    }
}
