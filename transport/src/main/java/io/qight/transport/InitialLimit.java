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
 * Drops what one address sends of handshakes faster than it may, while so many are open that
 * addresses must be proved: to answer each of a flood, even with a Retry, would take the time that
 * those need who are connected. What was dropped is sent again by whoever means it. One for each
 * socket, on its event loop.
 */
final class InitialLimit extends ChannelInboundHandlerAdapter {
    /** Datagrams of handshakes from one address in a second; a handshake takes two to six. */
    static final int PER_ADDRESS_MAX = 1_000;

    /** The same for each address once all together have sent {@link #BUSY}. */
    static final int PER_ADDRESS_BUSY_MAX = 50;

    /** From so many in a second on an address may send fewer. */
    static final int BUSY = 4_000;

    /** Addresses are counted in so many places, so that forged ones take no memory. */
    private static final int PLACES = 4_096;

    private static final long PERIOD_NANOS = 1_000_000_000;

    /** Packets of handshakes have it, those of connections have not (RFC 9000, section 17.2). */
    private static final int LONG_HEADER = 0x80;

    private final Handshakes handshakes;
    private final LongSupplier nanoClock;

    /** So that nobody can choose an address that shares its place with a victim's. */
    private final int seed = ThreadLocalRandom.current().nextInt();

    private final int[] counts = new int[PLACES];
    private int all;
    private long periodBegan;

    InitialLimit(Handshakes handshakes, LongSupplier nanoClock) {
        this.handshakes = handshakes;
        this.nanoClock = nanoClock;
        this.periodBegan = nanoClock.getAsLong();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        DatagramPacket datagram = (DatagramPacket) message;
        ByteBuf packet = datagram.content();
        if ((packet.getByte(packet.readerIndex()) & LONG_HEADER) != 0
                && handshakes.mustProve()
                && !take(datagram.sender().getAddress())) {
            handshakes.dropped();
            datagram.release();
        } else {
            context.fireChannelRead(datagram);
        }
    }

    /** Whether one more from there may be looked at in this second. */
    private boolean take(InetAddress address) {
        long now = nanoClock.getAsLong();
        if (now - periodBegan >= PERIOD_NANOS) {
            periodBegan = now;
            all = 0;
            Arrays.fill(counts, 0);
        }
        int place = Math.floorMod(mix(AddressPrefix.of(address).hashCode() ^ seed), PLACES);
        if (counts[place] >= (all < BUSY ? PER_ADDRESS_MAX : PER_ADDRESS_BUSY_MAX)) {
            return false;
        }
        counts[place]++;
        all++;
        return true;
    }

    /** Has each bit change many, as the finalizer of MurmurHash3 does. */
    private static int mix(int hash) {
        int mixed = (hash ^ (hash >>> 16)) * 0x85ebca6b;
        mixed = (mixed ^ (mixed >>> 13)) * 0xc2b2ae35;
        return mixed ^ (mixed >>> 16);
    }
}
