package io.qight.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.Random;
import org.junit.jupiter.api.Test;

class OneRttPacketsTest {
    private static final String SHORT = "41 0102030405060708 aabbcc";
    private static final String INITIAL = "c3 00000001 02 0102 01 03 03 070707 4004 11223344";
    private static final String HANDSHAKE = "e0 00000001 02 0102 00 03 112233";
    private static final String RETRY = "f0 00000001 02 0102 01 03 41414141";

    @Test
    void aPacketOfAFinishedHandshakeIsSeen() {
        assertThat(isIn(SHORT)).isTrue();
    }

    @Test
    void soItIsBehindOthers() {
        assertThat(isIn(HANDSHAKE + SHORT)).isTrue();
        assertThat(isIn(INITIAL + HANDSHAKE + SHORT)).isTrue();
    }

    @Test
    void noOtherPacketIsOne() {
        assertThat(isIn("")).isFalse();
        assertThat(isIn(INITIAL)).isFalse();
        assertThat(isIn(HANDSHAKE)).isFalse();
        assertThat(isIn(INITIAL + HANDSHAKE)).isFalse();
        assertThat(isIn(RETRY)).isFalse();
        assertThat(isIn("00 0000")).as("padding").isFalse();
    }

    @Test
    void garbageDoesNoHarm() {
        byte[] whole = ByteBufUtil.decodeHexDump((INITIAL + HANDSHAKE).replace(" ", ""));
        for (int length = 0; length < whole.length; length++) {
            assertThat(OneRttPackets.isIn(Unpooled.wrappedBuffer(whole, 0, length))).isFalse();
        }
        Random random = new Random(1);
        byte[] noise = new byte[200];
        for (int i = 0; i < 10_000; i++) {
            random.nextBytes(noise);
            noise[0] |= (byte) 0xc0;
            ByteBuf datagram = Unpooled.wrappedBuffer(noise);
            OneRttPackets.isIn(datagram);
            assertThat(datagram.readableBytes()).isEqualTo(noise.length);
        }
    }

    private static boolean isIn(String hex) {
        byte[] bytes = ByteBufUtil.decodeHexDump(hex.replace(" ", ""));
        return OneRttPackets.isIn(Unpooled.wrappedBuffer(bytes));
    }
}
