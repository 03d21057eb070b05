package io.qight.wire.v1;

import io.netty.buffer.ByteBuf;

/** QUIC's integers of variable length: 0 to 2^62-1 in 1, 2, 4 or 8 bytes (RFC 9000, section 16). */
public final class Varint {
    /** The largest: 2^62-1. */
    public static final long MAX = (1L << 62) - 1;

    private Varint() {}

    /**
     * How many bytes {@link #write} takes for a value.
     *
     * @throws IllegalArgumentException if it is not 0 to {@link #MAX}
     */
    public static int bytes(long value) {
        if (value < 0 || value > MAX) {
            throw new IllegalArgumentException("a varint is 0 to 2^62-1, not " + value);
        }
        return value < 1L << 6 ? 1 : value < 1L << 14 ? 2 : value < 1L << 30 ? 4 : 8;
    }

    /** Writes the value in its shortest form. */
    public static void write(long value, ByteBuf out) {
        switch (bytes(value)) {
            case 1 -> out.writeByte((int) value);
            case 2 -> out.writeShort((int) value | 0x4000);
            case 4 -> out.writeInt((int) value | 0x8000_0000);
            default -> out.writeLong(value | 0xC000_0000_0000_0000L);
        }
    }

    /** Whether the buffer holds a whole integer at its reader index. */
    public static boolean readable(ByteBuf in) {
        return in.isReadable() && in.readableBytes() >= width(in);
    }

    /** Reads an integer, of any form, that is {@link #readable}. */
    public static long read(ByteBuf in) {
        return switch (width(in)) {
            case 1 -> in.readByte();
            case 2 -> in.readShort() & 0x3FFF;
            case 4 -> in.readInt() & 0x3FFF_FFFF;
            default -> in.readLong() & MAX;
        };
    }

    /** How many bytes the integer has whose first byte stands at the reader index. */
    static int width(ByteBuf in) {
        return 1 << ((in.getByte(in.readerIndex()) & 0xFF) >>> 6);
    }
}
