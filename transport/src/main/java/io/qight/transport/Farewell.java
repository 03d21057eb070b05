package io.qight.transport;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamType;
import io.netty.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Closes a connection once the packet that says so can be sent. The QUIC library tries to send it
 * once: where what was written before fills the congestion window, the peer would never hear of the
 * end; and where the peer has not confirmed the handshake, it may not send it and tries without
 * end. So both are waited for, which takes a round trip or a few, but not for ever. On the event
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

    /** Errors of the transport itself (RFC 9000, section 20.1). */
    private static final int NO_ERROR = 0x0;

    private static final int APPLICATION_ERROR = 0xc;

    private final QuicChannel channel;
    private final BooleanSupplier confirmed;
    private final int code;
    private final ByteBuf reason;
    private final @Nullable QuicStreamChannel probe;
    private final long deadlineNanos = System.nanoTime() + MILLISECONDS.toNanos(WAIT_MILLIS_MAX);

    private Farewell(
            QuicChannel channel,
            BooleanSupplier confirmed,
            int code,
            ByteBuf reason,
            @Nullable QuicStreamChannel probe) {
        this.channel = channel;
        this.confirmed = confirmed;
        this.code = code;
        this.reason = reason;
        this.probe = probe;
    }

    /**
     * Closes the connection.
     *
     * @param confirmed whether the peer is known to have finished the handshake
     */
    static void say(QuicChannel channel, BooleanSupplier confirmed, int code, ByteBuf reason) {
        if (!channel.isActive()) {
            channel.close(true, code, reason);
        } else if (channel.peerAllowedStreams(QuicStreamType.BIDIRECTIONAL) == 0) {
            new Farewell(channel, confirmed, code, reason, null).look();
        } else {
            // The library tells the room for a stream alone. A stream that nothing is written to is
            // unknown to the peer.
            channel.createStream(QuicStreamType.BIDIRECTIONAL, new ChannelInboundHandlerAdapter())
                    .addListener((Future<QuicStreamChannel> created) ->
                            new Farewell(
                                            channel,
                                            confirmed,
                                            code,
                                            reason,
                                            created.isSuccess() ? created.getNow() : null)
                                    .look());
        }
    }

    private void look() {
        boolean told = confirmed.getAsBoolean();
        boolean room = probe == null || probe.bytesBeforeUnwritable() >= ROOM_BYTES;
        if (told && room) {
            channel.close(true, code, reason);
        } else if (!channel.isOpen() || System.nanoTime() - deadlineNanos >= 0) {
            // A close by the application the library may only send when the handshake is confirmed,
            // and it tries without end.
            int error = code == 0 ? NO_ERROR : APPLICATION_ERROR;
            channel.close(told, told ? code : error, reason);
        } else {
            channel.eventLoop().schedule(this::look, LOOK_MILLIS, MILLISECONDS);
        }
    }
}
