package io.qight.transport;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Counts a handshake while it is open, and gives it up after the idle timeout or 10 s: a client
 * that does not go on, or an address that was forged, is not worth a whole idle timeout.
 */
final class HandshakeLimit extends ChannelInboundHandlerAdapter {
    private static final long HANDSHAKE_MILLIS_MAX = 10_000;

    private final Handshakes handshakes;
    private final long limitMillis;
    private @Nullable ScheduledFuture<?> limit;

    /** Where the handshake began; the address may change. */
    private @Nullable InetSocketAddress address;

    HandshakeLimit(Handshakes handshakes, Duration idleTimeout) {
        this.handshakes = handshakes;
        this.limitMillis = Math.min(HANDSHAKE_MILLIS_MAX, idleTimeout.toMillis());
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        address = address(context);
        handshakes.begin(address.getAddress());
        amplification(context).begin(address);
        limit =
                context.executor()
                        .schedule(
                                () -> context.channel().close(),
                                limitMillis,
                                TimeUnit.MILLISECONDS);
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        if (address != null) {
            handshakes.connected(address.getAddress(), 1);
        }
        context.fireChannelActive();
        context.pipeline().remove(this);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        if (limit != null && address != null) {
            limit.cancel(false);
            limit = null;
            handshakes.end(address.getAddress());
            amplification(context).end(address);
        }
    }

    private static AmplificationLimit amplification(ChannelHandlerContext context) {
        return context.channel().parent().pipeline().get(AmplificationLimit.class);
    }

    private static InetSocketAddress address(ChannelHandlerContext context) {
        SocketAddress remote = ((QuicChannel) context.channel()).remoteSocketAddress();
        return (InetSocketAddress) Objects.requireNonNull(remote);
    }
}
