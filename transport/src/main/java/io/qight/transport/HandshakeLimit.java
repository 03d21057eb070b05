package io.qight.transport;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
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

    HandshakeLimit(Handshakes handshakes, Duration idleTimeout) {
        this.handshakes = handshakes;
        this.limitMillis = Math.min(HANDSHAKE_MILLIS_MAX, idleTimeout.toMillis());
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        handshakes.begin();
        limit =
                context.executor()
                        .schedule(
                                () -> context.channel().close(),
                                limitMillis,
                                TimeUnit.MILLISECONDS);
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        context.fireChannelActive();
        context.pipeline().remove(this);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        if (limit != null) {
            limit.cancel(false);
            limit = null;
            handshakes.end();
        }
    }
}
