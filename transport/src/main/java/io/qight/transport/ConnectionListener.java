package io.qight.transport;

import io.netty.channel.ChannelHandler;
import io.netty.handler.codec.quic.QuicStreamChannel;

/** Hears about one connection; called on the connection's event loop, which it must not block. */
public interface ConnectionListener {
    /**
     * The peer has opened a stream. Returns the handler for it, which is in place before the first
     * byte is read. To leave the stream unread for now, call {@code
     * stream.config().setAutoRead(false)} here and {@code stream.read()} later, which brings one
     * buffer of at most {@link Connection#READ_BYTES_MAX}: the peer can send no more than the
     * stream's window ahead.
     *
     * <p>An exception closes the connection.
     */
    ChannelHandler onStream(QuicStreamChannel stream);

    /**
     * The connection is gone, and with it all of its streams. Called once, as the last of all, when
     * the streams' handlers have heard {@code channelInactive}.
     */
    void onClosed(ConnectionEnd end);
}
