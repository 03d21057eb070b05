package io.qight.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Random;

/** Bytes as they arrive: in several buffers, and not at the start of the first. */
public final class Pieces {
    private Pieces() {}

    /** The bytes in two buffers behind one that is read. */
    public static ByteBuf of(Random random, byte[] bytes) {
        int cut = random.nextInt(bytes.length + 1);
        return Unpooled.wrappedBuffer(
                        Unpooled.wrappedBuffer(new byte[] {'?'}),
                        Unpooled.wrappedBuffer(bytes, 0, cut),
                        Unpooled.wrappedBuffer(bytes, cut, bytes.length - cut))
                .skipBytes(1);
    }
}
