package io.qight.wire.v1;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;

/** Writes fields, the integers in their shortest form; the twin of {@link FieldReader}. */
final class FieldWriter {
    private final ByteBuf out;

    FieldWriter(ByteBuf out) {
        this.out = out;
    }

    /** All that was written to a buffer that is not pooled. */
    ByteBuffer end() {
        return out.nioBuffer();
    }

    FieldWriter octet(int value) {
        out.writeByte(value);
        return this;
    }

    FieldWriter varint(long value) {
        Varint.write(value, out);
        return this;
    }

    FieldWriter varints(long... values) {
        for (long value : values) {
            Varint.write(value, out);
        }
        return this;
    }

    FieldWriter flag(boolean value) {
        return varint(value ? 1 : 0);
    }

    FieldWriter id(Id id) {
        out.writeLong(id.high()).writeLong(id.low());
        return this;
    }

    FieldWriter string(String text) {
        return bytes(ByteBuffer.wrap(text.getBytes(UTF_8)));
    }

    /** Their length, and the bytes; the buffer's position is not moved. */
    FieldWriter bytes(ByteBuffer bytes) {
        return varint(bytes.remaining()).fixed(bytes);
    }

    /** The bytes alone; the buffer's position is not moved. */
    FieldWriter fixed(ByteBuffer bytes) {
        out.writeBytes(bytes.duplicate());
        return this;
    }

    FieldWriter ranges(Ranges ranges) {
        if (ranges.list().isEmpty() || ranges.list().size() > Ranges.RANGES_MAX) {
            throw new IllegalArgumentException(
                    "a frame carries 1 to " + Ranges.RANGES_MAX + " ranges");
        }
        varint(ranges.list().size());
        long last = 0;
        for (Ranges.Range range : ranges.list()) {
            varints(range.first() - last, range.last() - range.first());
            last = range.last();
        }
        return this;
    }

    /** The readable bytes; the reader index is not moved. */
    FieldWriter rest(ByteBuf bytes) {
        out.writeBytes(bytes, bytes.readerIndex(), bytes.readableBytes());
        return this;
    }
}
