package io.qight.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.NetUtil;
import io.netty.util.ReferenceCountUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;

final class InitialLimitTest {
    private static final int INITIAL = 0xC0;
    private static final int SHORT = 0x40;
    private static final String FLOODS = "192.0.2.1";

    private final Handshakes handshakes = new Handshakes(new HandshakeQuota(0, 100));
    private long nanos = 5;
    private final EmbeddedChannel socket =
            new EmbeddedChannel(new InitialLimit(handshakes, () -> nanos));

    @Test
    void withoutAFloodNothingIsDropped() {
        handshakes.begin(InetAddress.getLoopbackAddress());
        assertThat(send(INITIAL, FLOODS, 5_000)).isEqualTo(5_000);
        assertThat(handshakes.drops()).isZero();
    }

    @Test
    void oneAddressHasSoManyAtOnceAndThenOneByOne() {
        flood();
        assertThat(send(INITIAL, FLOODS, 5_000)).isEqualTo(InitialLimit.BURST_MAX);
        assertThat(handshakes.drops()).isEqualTo(5_000 - InitialLimit.BURST_MAX);
        assertThat(send(SHORT, FLOODS, 10)).as("of open connections").isEqualTo(10);
        nanos += InitialLimit.GAP_NANOS;
        assertThat(send(INITIAL, FLOODS, 5_000)).isEqualTo(1);
        nanos += 3 * InitialLimit.GAP_NANOS;
        assertThat(send(INITIAL, FLOODS, 5_000)).isEqualTo(3);
        nanos += 3_600_000_000_000L;
        assertThat(send(INITIAL, FLOODS, 5_000)).isEqualTo(InitialLimit.BURST_MAX);
    }

    @Test
    void eachAddressHasItsOwn() {
        flood();
        int through = 0;
        for (int i = 0; i < 1_000; i++) {
            through += send(INITIAL, "198.51." + (i >> 8) + "." + (i & 0xff), 4);
        }
        // Few have a place with three others.
        assertThat(through).isGreaterThan(3_900);
    }

    private void flood() {
        while (!handshakes.flooded()) {
            handshakes.begin(InetAddress.getLoopbackAddress());
        }
    }

    /** Gives how many got through. */
    private int send(int header, String address, int count) {
        int through = 0;
        for (int i = 0; i < count; i++) {
            ByteBuf content = Unpooled.buffer(40).writeByte(header).writeZero(39);
            DatagramPacket datagram =
                    new DatagramPacket(
                            content,
                            new InetSocketAddress(1),
                            new InetSocketAddress(parse(address), 2));
            socket.writeInbound(datagram);
            Object read = socket.readInbound();
            through += read == null ? 0 : 1;
            ReferenceCountUtil.release(read);
            assertThat(content.refCnt()).isZero();
        }
        return through;
    }

    private static InetAddress parse(String address) {
        try {
            return InetAddress.getByAddress(NetUtil.createByteArrayFromIpAddressString(address));
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
