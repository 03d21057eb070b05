package io.qight.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DatagramPacket;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;

/**
 * Drops what one address sends of handshakes faster than it may, while so many are open as only a
 * flood makes: to answer each of a flood, even with a Retry, would take the time that those need
 * who are connected, and so would a crowd that connects and goes. What was dropped is sent again by
 * whoever means it. One for each socket, on its event loop.
 */
final class InitialLimit extends ChannelInboundHandlerAdapter {
    /** Datagrams of handshakes that one address may send at once; one that goes on takes four. */
    static final int BURST_MAX = 12;

    /** After that, one in each such stretch of time: 50 in a second. */
    static final long GAP_NANOS = 20_000_000;

    /** Addresses are counted in so many places, so that forged ones take no memory. */
    private static final int PLACES = 4_096;

    /** Packets of handshakes have it, those of connections have not (RFC 9000, section 17.2). */
    private static final int LONG_HEADER = 0x80;

    private final Handshakes handshakes;
    private final LongSupplier nanoClock;

    /** So that nobody can choose an address that shares its place with a victim's. */
    private final int seed = ThreadLocalRandom.current().nextInt();

    /** When each place has sent no more than it may, if nothing comes until then. */
    private final long[] evenNanos = new long[PLACES];

    InitialLimit(Handshakes handshakes, LongSupplier nanoClock) {
        this.handshakes = handshakes;
        this.nanoClock = nanoClock;
        Arrays.fill(evenNanos, nanoClock.getAsLong());
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        DatagramPacket datagram = (DatagramPacket) message;
        ByteBuf packet = datagram.content();
        if ((packet.getByte(packet.readerIndex()) & LONG_HEADER) != 0
                && handshakes.flooded()
                && !take(datagram.sender().getAddress())) {
            handshakes.dropped();
            datagram.release();
        } else {
            context.fireChannelRead(datagram);
        }
    }

    /** Whether one more from there may be looked at now. */
    private boolean take(InetAddress address) {
        long now = nanoClock.getAsLong();
        int place = Math.floorMod(mix(AddressPrefix.of(address).hashCode() ^ seed), PLACES);
        long even = Math.max(now, evenNanos[place]) + GAP_NANOS;
        if (even - now > BURST_MAX * GAP_NANOS) {
            return false;
        }
        evenNanos[place] = even;
        return true;
    }

    /** Has each bit change many, as the finalizer of MurmurHash3 does. */
    private static int mix(int hash) {
        int mixed = (hash ^ (hash >>> 16)) * 0x85ebca6b;
        mixed = (mixed ^ (mixed >>> 13)) * 0xc2b2ae35;
        return mixed ^ (mixed >>> 16);
    }
}
