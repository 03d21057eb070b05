package io.qight.load;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.util.ReferenceCountUtil;
import io.qight.transport.ByteBudget;
import io.qight.transport.ConnectionEnd;
import io.qight.transport.ConnectionListener;
import io.qight.transport.HandshakeQuota;
import io.qight.transport.ServerConfig;
import io.qight.transport.ServerEndpoint;
import io.qight.transport.StreamOutput;
import io.qight.transport.TlsIdentity;
import io.qight.transport.TransportSettings;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/**
 * What the transport alone can do: a stream carries bytes, and each read is answered with the count
 * of bytes so far, in eight bytes. The same endpoints and settings as the relay's, without frames,
 * checks or a store. Thread-safe.
 */
public final class EchoServer implements AutoCloseable {
    static final String ALPN = "echo";
    static final int ANSWER_BYTES = Long.BYTES;

    private final ServerEndpoint endpoint;
    private final TlsIdentity identity;

    private EchoServer(ServerEndpoint endpoint, TlsIdentity identity) {
        this.endpoint = endpoint;
        this.identity = identity;
    }

    /** Listens on a free port of this machine; its certificate goes into the directory. */
    public static EchoServer start(Path directory) {
        TlsIdentity identity = TlsIdentity.development(directory);
        return new EchoServer(
                ServerEndpoint.bind(
                        new ServerConfig(
                                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                                identity,
                                List.of(ALPN),
                                TransportSettings.defaults(),
                                new ByteBudget(256 << 20, 64 << 20),
                                null,
                                null,
                                HandshakeQuota.USUAL.withConnectsPerSecond(HandshakeQuota.NO_RATE)),
                        connection -> new Listener(Counting::new)),
                identity);
    }

    /** The port that it listens on. */
    public int port() {
        return endpoint.address().getPort();
    }

    /** The certificate's fingerprint. */
    public String fingerprint() {
        return identity.fingerprint();
    }

    @Override
    public void close() {
        endpoint.close();
    }

    /** Gives each stream a handler. */
    record Listener(Supplier<ChannelHandler> handlers) implements ConnectionListener {
        @Override
        public ChannelHandler onStream(QuicStreamChannel stream) {
            return handlers.get();
        }

        @Override
        public void onClosed(ConnectionEnd end) {}
    }

    private static final class Counting extends ChannelInboundHandlerAdapter {
        private final AtomicReference<StreamOutput> output = new AtomicReference<>();
        private long bytes;
        private long told;

        @Override
        public void channelActive(ChannelHandlerContext context) {
            output.set(StreamOutput.of((QuicStreamChannel) context.channel()));
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            bytes += ((ByteBuf) message).readableBytes();
            ReferenceCountUtil.release(message);
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            if (bytes > told) {
                told = bytes;
                output.get().write(context.alloc().buffer(ANSWER_BYTES).writeLong(bytes));
            }
        }
    }
}
