package io.qight.wire.v1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.qight.wire.Seeded;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

final class VarintTest {
    @Test
    void examplesOfRfc9000AreReadAndWritten() {
        assertThat(read("c2197c5eff14e88c")).isEqualTo(151_288_809_941_952_652L);
        assertThat(read("9d7f3e7d")).isEqualTo(494_878_333);
        assertThat(read("7bbd")).isEqualTo(15_293);
        assertThat(read("25")).isEqualTo(37);
        assertThat(read("4025")).isEqualTo(37);
        assertThat(write(151_288_809_941_952_652L)).isEqualTo("c2197c5eff14e88c");
        assertThat(write(494_878_333)).isEqualTo("9d7f3e7d");
        assertThat(write(15_293)).isEqualTo("7bbd");
        assertThat(write(37)).isEqualTo("25");
    }

    @Test
    void anyNumberComesBackAndIsNotReadableBefore() {
        Seeded.run(
                10_000,
                random -> {
                    long value = random.nextLong() >>> (2 + random.nextInt(62));
                    ByteBuf out = Unpooled.buffer();
                    Varint.write(value, out);
                    int length = out.readableBytes();

                    assertThat(Varint.bytes(value)).isEqualTo(length);
                    for (int cut = 0; cut < length; cut++) {
                        assertThat(Varint.readable(out.slice(0, cut))).isFalse();
                    }
                    assertThat(Varint.readable(out)).isTrue();
                    assertThat(Varint.read(out)).isEqualTo(value);
                });
    }

    @Test
    void otherNumbersAreNotWritten() {
        for (long value : new long[] {-1, Varint.MAX + 1, Long.MIN_VALUE, Long.MAX_VALUE}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Varint.write(value, Unpooled.buffer()));
        }
    }

    private static long read(String hex) {
        return Varint.read(Unpooled.wrappedBuffer(HexFormat.of().parseHex(hex)));
    }

    private static String write(long value) {
        ByteBuf out = Unpooled.buffer();
        Varint.write(value, out);
        return ByteBufUtil.hexDump(out);
    }
}
