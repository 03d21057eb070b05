package io.qight.transport;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.DatagramPacket;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;

/**
 * Sends at most three times what came from an address as long as its handshake is not done. The
 * QUIC library does so too, but counts what {@link FirstFlights} gives it as if it had come. What
 * is more is dropped, as the network drops things, and sent again by the library when the client
 * has answered. One for each socket, on its event loop.
 */
final class AmplificationLimit extends ChannelDuplexHandler {
    private static final int FACTOR = 3;

    private static final class Unproved {
        int handshakes;
        long bytesLeft;
    }

    private final Map<InetSocketAddress, Unproved> addresses = new HashMap<>();

    /** Of the datagram that was read last, which may begin a handshake. */
    private int lastBytes;

    /** A handshake begins, with the datagram that was read last. */
    void begin(InetSocketAddress address) {
        Unproved unproved = addresses.computeIfAbsent(address, any -> new Unproved());
        unproved.bytesLeft += (long) FACTOR * lastBytes;
        unproved.handshakes++;
    }

    /** Whether a handshake from there is under way. */
    boolean hasBegun(InetSocketAddress address) {
        return addresses.containsKey(address);
    }

    /** A handshake from there is done, or given up. */
    void end(InetSocketAddress address) {
        addresses.computeIfPresent(
                address, (any, unproved) -> --unproved.handshakes == 0 ? null : unproved);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        DatagramPacket datagram = (DatagramPacket) message;
        lastBytes = datagram.content().readableBytes();
        Unproved unproved = addresses.get(datagram.sender());
        if (unproved != null) {
            unproved.bytesLeft += (long) FACTOR * lastBytes;
            // One more handshake from there would count them again.
            lastBytes = 0;
        }
        context.fireChannelRead(message);
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        if (!addresses.isEmpty() && message instanceof DatagramPacket datagram) {
            Unproved unproved = addresses.get(datagram.recipient());
            int bytes = datagram.content().readableBytes();
            if (unproved != null && bytes > unproved.bytesLeft) {
                datagram.release();
                promise.setSuccess();
                return;
            } else if (unproved != null) {
                unproved.bytesLeft -= bytes;
            }
        }
        context.write(message, promise);
    }
}
