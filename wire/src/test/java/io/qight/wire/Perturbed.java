package io.qight.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.Random;

/** Bytes that were good once. */
public final class Perturbed {
    private Perturbed() {}

    /** Some of the bytes changed, cut away or put in. */
    public static byte[] bytes(Random random, byte[] good) {
        byte[] bytes = good;
        for (int i = random.nextInt(4); i >= 0; i--) {
            bytes = changed(random, bytes);
        }
        return bytes;
    }

    private static byte[] changed(Random random, byte[] bytes) {
        int at = random.nextInt(bytes.length + 1);
        int gone = Math.min(random.nextInt(9), bytes.length - at);
        byte[] put = new byte[random.nextInt(9)];
        return switch (random.nextInt(4)) {
            case 0 -> Arrays.copyOf(bytes, at);
            case 1 -> spliced(bytes, at, Math.min(gone, 1), new byte[] {(byte) random.nextInt()});
            case 2 -> spliced(bytes, at, gone, put);
            default -> {
                byte[] ones = new byte[gone];
                Arrays.fill(ones, (byte) -1);
                yield spliced(bytes, at, gone, ones);
            }
        };
    }

    private static byte[] spliced(byte[] bytes, int at, int gone, byte[] put) {
        ByteBuf out = Unpooled.buffer().writeBytes(bytes, 0, at).writeBytes(put);
        return ByteBufUtil.getBytes(out.writeBytes(bytes, at + gone, bytes.length - at - gone));
    }
}
