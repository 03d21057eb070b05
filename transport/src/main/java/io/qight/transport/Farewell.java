package io.qight.transport;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamType;
import io.netty.util.concurrent.Future;

/**
 * Closes a connection once the packet that says so can be sent. The QUIC library tries to send it
 * once: where what was written before fills the congestion window, the peer would never hear of the
 * end. So that is waited for, which takes a round trip or a few, but not for ever. On the event
 * loop.
 */
final class Farewell {
    /** How long to wait; then the peer finds out by its idle timeout. */
    static final long WAIT_MILLIS_MAX = 1_000;

    private static final long LOOK_MILLIS = 10;

    /**
     * Room for the packet, and for the headers of what is on its way, which the library has not
     * taken off yet.
     */
    private static final long ROOM_BYTES = 4096;

    private final ChannelHandlerContext context;
    private final ChannelPromise promise;
    private final QuicStreamChannel probe;
    private final long deadlineNanos = System.nanoTime() + MILLISECONDS.toNanos(WAIT_MILLIS_MAX);

    private Farewell(
            ChannelHandlerContext context, ChannelPromise promise, QuicStreamChannel probe) {
        this.context = context;
        this.promise = promise;
        this.probe = probe;
    }

    /** Closes the connection from this handler's place in its pipeline. */
    static void say(ChannelHandlerContext context, ChannelPromise promise) {
        QuicChannel channel = (QuicChannel) context.channel();
        if (!channel.isActive() || channel.peerAllowedStreams(QuicStreamType.BIDIRECTIONAL) == 0) {
            context.close(promise);
            return;
        }
        // The library tells the room for a stream alone. A stream that nothing is written to is
        // unknown to the peer.
        channel.createStream(QuicStreamType.BIDIRECTIONAL, new ChannelInboundHandlerAdapter())
                .addListener((Future<QuicStreamChannel> created) -> {
                    if (created.isSuccess()) {
                        new Farewell(context, promise, created.getNow()).look();
                    } else {
                        context.close(promise);
                    }
                });
    }

    private void look() {
        if (!context.channel().isOpen()
                || probe.bytesBeforeUnwritable() >= ROOM_BYTES
                || System.nanoTime() - deadlineNanos >= 0) {
            context.close(promise);
        } else {
            context.executor().schedule(this::look, LOOK_MILLIS, MILLISECONDS);
        }
    }
}
