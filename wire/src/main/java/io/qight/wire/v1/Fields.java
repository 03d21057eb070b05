package io.qight.wire.v1;

import io.netty.buffer.ByteBuf;
import io.qight.wire.ErrorCode;
import io.qight.wire.ProtocolException;
import io.qight.wire.text.Utf8;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;

/** Reads fields of a frame or an envelope, and refuses what does not fit. */
final class Fields {
    private final ByteBuf in;

    Fields(ByteBuf in) {
        this.in = in;
    }

    long varint() {
        return Varint.read(in);
    }

    boolean flag() {
        long value = varint();
        if (value > 1) {
            throw malformed("a flag that is neither 0 nor 1");
        }
        return value == 1;
    }

    Id id() {
        require(2 * Long.BYTES);
        return new Id(in.readLong(), in.readLong());
    }

    int octet() {
        require(1);
        return in.readUnsignedByte();
    }

    String string() {
        return string(Integer.MAX_VALUE);
    }

    String string(int bytesMax) {
        int length = length();
        if (length > bytesMax) {
            throw malformed("a string of " + length + " bytes, at most " + bytesMax);
        }
        try {
            return Utf8.decode(in.readSlice(length));
        } catch (CharacterCodingException e) {
            throw malformed("a string is not UTF-8");
        }
    }

    /** Bytes with their length before them: none, or between the limits. */
    ByteBuffer bytes(int bytesMin, int bytesMax) {
        int length = length();
        if (length != 0 && (length < bytesMin || length > bytesMax)) {
            throw malformed("a field of " + length + " bytes");
        }
        return copy(length);
    }

    ByteBuffer fixed(int bytes) {
        require(bytes);
        return copy(bytes);
    }

    ByteBuf rest() {
        return in.readSlice(in.readableBytes());
    }

    void requireEnd() {
        if (in.isReadable()) {
            throw malformed(in.readableBytes() + " bytes follow the frame's fields");
        }
    }

    private int length() {
        long length = varint();
        if (length > in.readableBytes()) {
            throw malformed(
                    "a field of " + length + " bytes, but " + in.readableBytes() + " follow");
        }
        return (int) length;
    }

    private ByteBuffer copy(int length) {
        byte[] copy = new byte[length];
        in.readBytes(copy);
        return ByteBuffer.wrap(copy).asReadOnlyBuffer();
    }

    private void require(int bytes) {
        if (in.readableBytes() < bytes) {
            throw malformed("the frame ends within a field of " + bytes + " bytes");
        }
    }

    private static ProtocolException malformed(String sentence) {
        return new ProtocolException(ErrorCode.MALFORMED_FRAME, sentence);
    }
}
