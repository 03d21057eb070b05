package io.qight.wire.v1;

import io.netty.buffer.ByteBuf;
import io.qight.wire.ErrorCode;
import io.qight.wire.ProtocolException;
import io.qight.wire.text.Utf8;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.List;

/** Reads fields, and refuses what does not fit; the twin of {@link FieldWriter}. */
final class FieldReader {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0).asReadOnlyBuffer();

    private final ByteBuf in;
    private final ErrorCode fault;
    private final String whole;

    /**
     * Reads all of the buffer's readable bytes.
     *
     * @param fault the code of every refusal
     * @param whole what the fields are of, for sentences
     */
    FieldReader(ByteBuf in, ErrorCode fault, String whole) {
        this.in = in;
        this.fault = fault;
        this.whole = whole;
    }

    int octet() {
        require(1);
        return in.readUnsignedByte();
    }

    long varint() {
        if (!Varint.readable(in)) {
            throw malformed("ends within an integer");
        }
        return Varint.read(in);
    }

    boolean flag() {
        long value = varint();
        if (value > 1) {
            throw malformed("has a flag that is neither 0 nor 1");
        }
        return value == 1;
    }

    Id id() {
        require(2 * Long.BYTES);
        return new Id(in.readLong(), in.readLong());
    }

    /** A text of any length. */
    String string() {
        return string(Integer.MAX_VALUE);
    }

    String string(int bytesMax) {
        int length = length(bytesMax);
        try {
            return Utf8.decode(in.readSlice(length));
        } catch (CharacterCodingException e) {
            throw malformed("has a text that is not UTF-8");
        }
    }

    /** Bytes with their length before them, copied. */
    ByteBuffer bytes(int bytesMax) {
        return copy(length(bytesMax));
    }

    /** Bytes with their length before them, as they are. */
    ByteBuf prefixed() {
        return in.readSlice(length(Integer.MAX_VALUE));
    }

    /** So many bytes, copied. */
    ByteBuffer fixed(int bytes) {
        require(bytes);
        return copy(bytes);
    }

    Ranges ranges() {
        long count = varint();
        if (count < 1 || count > Ranges.RANGES_MAX) {
            throw malformed("has " + count + " ranges, not 1 to " + Ranges.RANGES_MAX);
        }
        List<Ranges.Range> list = new ArrayList<>((int) count);
        long last = 0;
        for (int i = 0; i < count; i++) {
            long above = varint();
            long more = varint();
            // All are below 2^62, so neither sum wraps around before it is checked.
            if (above < 1 || last + above > Varint.MAX || last + above + more > Varint.MAX) {
                throw malformed("has ranges that go back, or beyond 2^62-1");
            }
            list.add(new Ranges.Range(last + above, last + above + more));
            last = last + above + more;
        }
        return new Ranges(list);
    }

    /** So many of the bytes that follow, as they are. */
    ByteBuf slice(int bytes) {
        require(bytes);
        return in.readSlice(bytes);
    }

    /** All bytes that follow, as they are. */
    ByteBuf rest() {
        return in.readSlice(in.readableBytes());
    }

    int remaining() {
        return in.readableBytes();
    }

    void requireEnd() {
        if (in.isReadable()) {
            throw malformed("has " + in.readableBytes() + " bytes behind its last field");
        }
    }

    /** The refusal; the sentence goes on after what the fields are of. */
    ProtocolException malformed(String sentence) {
        return new ProtocolException(fault, whole + " " + sentence);
    }

    private int length(int bytesMax) {
        long length = varint();
        if (length > bytesMax) {
            throw malformed("has a field of " + length + " bytes, at most " + bytesMax + " fit");
        }
        if (length > in.readableBytes()) {
            throw malformed(
                    "has a field of " + length + " bytes, but " + in.readableBytes() + " follow");
        }
        return (int) length;
    }

    private ByteBuffer copy(int length) {
        if (length == 0) {
            return NOTHING;
        }
        byte[] copy = new byte[length];
        in.readBytes(copy);
        return ByteBuffer.wrap(copy).asReadOnlyBuffer();
    }

    private void require(int bytes) {
        if (in.readableBytes() < bytes) {
            throw malformed("ends within a field of " + bytes + " bytes");
        }
    }
}
