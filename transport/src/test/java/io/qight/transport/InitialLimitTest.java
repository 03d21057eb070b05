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
    private static final int HANDSHAKE = 0xE0;
    private static final int SHORT = 0x40;
    private static final int PORT = 2;
    private static final String FLOODS = "192.0.2.1";

    private long nanos = 5;
    private final Handshakes handshakes =
            new Handshakes(new HandshakeQuota(0, 100, 2), () -> nanos);
    private final AmplificationLimit underWay = new AmplificationLimit();
    private final EmbeddedChannel socket =
            new EmbeddedChannel(new InitialLimit(handshakes, underWay, () -> nanos));

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

    @Test
    void whoHasConnectedTooOftenBeginsNothing() {
        InetAddress comesAndGoes = parse(FLOODS);
        for (int i = 0; i < 2 * HandshakeQuota.SECONDS_AT_ONCE - 1; i++) {
            handshakes.connected(comesAndGoes, 1);
        }
        assertThat(send(INITIAL, FLOODS, 10)).isEqualTo(10);
        handshakes.connected(comesAndGoes, 1);
        assertThat(send(INITIAL, FLOODS, 10)).isZero();
        assertThat(handshakes.drops()).isEqualTo(10);
        assertThat(send(HANDSHAKE, FLOODS, 10)).as("of one under way").isEqualTo(10);
        assertThat(send(SHORT, FLOODS, 10)).as("of open connections").isEqualTo(10);
        assertThat(send(INITIAL, "192.0.2.2", 10)).as("of another address").isEqualTo(10);
        underWay.begin(new InetSocketAddress(comesAndGoes, PORT));
        assertThat(send(INITIAL, FLOODS, 10)).as("of one under way").isEqualTo(10);
        underWay.end(new InetSocketAddress(comesAndGoes, PORT));
        assertThat(send(INITIAL, FLOODS, 10)).isZero();
        nanos += 500_000_000;
        assertThat(send(INITIAL, FLOODS, 10)).isEqualTo(10);
    }

    @Test
    void halfIsLeftForConnecting() {
        InetAddress begins = parse(FLOODS);
        handshakes.connected(begins, HandshakeQuota.SECONDS_AT_ONCE - 1);
        assertThat(handshakes.tooMuchBegun(begins)).isFalse();
        handshakes.connected(begins, 1);
        assertThat(handshakes.tooMuchBegun(begins)).isTrue();
        assertThat(handshakes.tooMany(begins)).isFalse();
        nanos += 500_000_000;
        assertThat(handshakes.tooMuchBegun(begins)).isFalse();
    }

    @Test
    void whatIsOwedIsPaidInTheTimeOfAllAtOnce() {
        handshakes.connected(parse(FLOODS), 1_000_000);
        nanos += HandshakeQuota.SECONDS_AT_ONCE * 1_000_000_000L;
        assertThat(send(INITIAL, FLOODS, 1)).isZero();
        nanos += 500_000_000;
        assertThat(send(INITIAL, FLOODS, 1)).isEqualTo(1);
    }

    @Test
    void withoutARateNobodyWaits() {
        Handshakes unbounded =
                new Handshakes(
                        HandshakeQuota.USUAL.withConnectsPerSecond(HandshakeQuota.NO_RATE),
                        () -> nanos);
        unbounded.connected(parse(FLOODS), 1e9);
        assertThat(unbounded.tooMany(parse(FLOODS))).isFalse();
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
                            new InetSocketAddress(parse(address), PORT));
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
