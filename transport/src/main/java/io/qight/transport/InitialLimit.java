package io.qight.transport;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DatagramPacket;
import java.net.InetAddress;
import java.util.function.LongSupplier;

/**
 * Drops what one address sends of handshakes faster than it may: to answer each, even with a Retry,
 * would take the time that those need who are connected. What was dropped is sent again by whoever
 * means it. Two paces count: of connections, always; and of datagrams while so many handshakes are
 * open as only a flood makes. One for each socket, on its event loop.
 */
final class InitialLimit extends ChannelInboundHandlerAdapter {
    /** Datagrams of handshakes that one address may send at once; one that goes on takes four. */
    static final int BURST_MAX = 12;

    /** After that, one in each such stretch of time: 50 in a second. */
    static final long GAP_NANOS = 20_000_000;

    /** Packets of handshakes have it, those of connections have not (RFC 9000, section 17.2). */
    private static final int LONG_HEADER = 0x80;

    private static final int INITIAL = 0xc0;
    private static final int TYPE_MASK = 0xf0;

    private final Handshakes handshakes;
    private final AmplificationLimit underWay;
    private final AddressPace datagrams;

    InitialLimit(Handshakes handshakes, AmplificationLimit underWay, LongSupplier nanoClock) {
        this.handshakes = handshakes;
        this.underWay = underWay;
        this.datagrams = new AddressPace(BURST_MAX, GAP_NANOS, nanoClock);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        DatagramPacket datagram = (DatagramPacket) message;
        if (tooMany(datagram)) {
            handshakes.dropped();
            datagram.release();
        } else {
            context.fireChannelRead(datagram);
        }
    }

    private boolean tooMany(DatagramPacket datagram) {
        int header = datagram.content().getByte(datagram.content().readerIndex());
        if ((header & LONG_HEADER) == 0) {
            return false;
        }
        InetAddress address = datagram.sender().getAddress();
        if ((header & TYPE_MASK) == INITIAL
                && handshakes.tooMany(address)
                && !underWay.hasBegun(datagram.sender())) {
            return true;
        }
        return handshakes.flooded() && !datagrams.take(address);
    }
}
