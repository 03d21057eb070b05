package io.qight.wire.v1;

import io.netty.buffer.ByteBuf;
import io.qight.wire.ErrorCode;
import io.qight.wire.Limits;
import io.qight.wire.ProtocolException;
import java.util.Optional;

/**
 * Frames as bytes: length, type, fields.
 *
 * <p>A reader first asks {@link #head} how much follows, so that it can wait, or refuse, before it
 * holds the bytes; then it gives {@link #decode} exactly the frame.
 */
public final class FrameCodec {
    /** The most bytes of type and fields of a frame without envelope. */
    public static final int FRAME_BYTES_MAX = 65_536;

    /** What SEND and DELIVER have besides the envelope, in bytes, at most. */
    public static final int ENVELOPE_FRAME_EXTRA_BYTES = 64;

    private FrameCodec() {}

    /**
     * The start of a frame.
     *
     * @param type its type's number
     * @param headBytes the bytes of length and type
     * @param bodyBytes the bytes of fields that follow
     */
    public record Head(long type, int headBytes, int bodyBytes) {}

    /**
     * What the frame at the reader index is, reading nothing; empty if more bytes are needed to
     * tell.
     *
     * @param envelopeBytesMax the largest envelope of this connection
     * @throws ProtocolException {@link ErrorCode#FRAME_TOO_LARGE}, {@link ErrorCode#UNKNOWN_FRAME}
     *     for an unknown type that may not be ignored, {@link ErrorCode#MALFORMED_FRAME}
     */
    public static Optional<Head> head(ByteBuf in, long envelopeBytesMax) {
        ByteBuf peek = in.duplicate();
        if (!Varint.readable(peek)) {
            return Optional.empty();
        }
        long length = Varint.read(peek);
        if (length == 0) {
            throw malformed("a frame without a type");
        }
        long lengthMax = envelopeBytesMax + ENVELOPE_FRAME_EXTRA_BYTES;
        if (length > Math.max(lengthMax, FRAME_BYTES_MAX)) {
            throw tooLarge(length);
        }
        if (!peek.isReadable()) {
            return Optional.empty();
        }
        int typeBytes = Varint.width(peek);
        if (typeBytes > length) {
            throw malformed("the frame ends within its type");
        }
        if (!Varint.readable(peek)) {
            return Optional.empty();
        }
        long number = Varint.read(peek);
        if (length > (carriesEnvelope(number) ? lengthMax : FRAME_BYTES_MAX)) {
            throw tooLarge(length);
        }
        int headBytes = peek.readerIndex() - in.readerIndex();
        return Optional.of(new Head(number, headBytes, (int) (length - typeBytes)));
    }

    /** Whether all of the frame is there. */
    public static boolean complete(Head head, ByteBuf in) {
        return in.readableBytes() >= head.headBytes() + head.bodyBytes();
    }

    /**
     * Reads the frame, which is complete; empty if it is of an unknown type, which is to be
     * ignored. An envelope in it is a slice of {@code in}, not retained.
     *
     * @throws ProtocolException {@link ErrorCode#MALFORMED_FRAME}, saying what is wrong
     */
    public static Optional<Frame> decode(Head head, ByteBuf in) {
        in.skipBytes(head.headBytes());
        ByteBuf body = in.readSlice(head.bodyBytes());
        return FrameType.of(head.type()).map(type -> FrameReader.read(type, body));
    }

    /**
     * Writes the frame whole, its envelope's bytes included; the envelope is not released.
     *
     * @throws ProtocolException {@link ErrorCode#FRAME_TOO_LARGE} if no peer would read it; then
     *     nothing is written
     */
    public static void encode(Frame frame, ByteBuf out) {
        // The length is known only afterwards. Room is left for the form that it will most likely
        // have; where that was wrong, which is seldom and never so for large envelopes, the bytes
        // are written again.
        int start = out.writerIndex();
        int room = Varint.bytes(bytesMin(frame));
        out.writeZero(room);
        Varint.write(frame.type().number(), out);
        FrameWriter.write(frame, new FieldWriter(out));
        int length = out.writerIndex() - start - room;
        if (length > bytesMax(frame.type())) {
            out.writerIndex(start);
            throw tooLarge(length);
        }
        if (Varint.bytes(length) == room) {
            out.writerIndex(start);
            Varint.write(length, out);
            out.writerIndex(start + room + length);
        } else {
            byte[] body = new byte[length];
            out.getBytes(start + room, body);
            out.writerIndex(start);
            Varint.write(length, out);
            out.writeBytes(body);
        }
    }

    /** Writes a frame that means nothing and that every peer ignores. */
    public static void encodeFiller(ByteBuf out) {
        Varint.write(Varint.bytes(FrameType.FILLER), out);
        Varint.write(FrameType.FILLER, out);
    }

    private static boolean carriesEnvelope(long number) {
        Optional<FrameType> type = FrameType.of(number);
        if (type.isEmpty() && number < FrameType.IGNORABLE_FROM) {
            throw new ProtocolException(
                    ErrorCode.UNKNOWN_FRAME, "a frame of the unknown type " + number);
        }
        return type.isPresent() && type.get().carriesEnvelope();
    }

    /** How many bytes type and fields have at least. */
    private static int bytesMin(Frame frame) {
        if (frame instanceof Frame.Send send) {
            return 3 + send.envelope().readableBytes();
        } else if (frame instanceof Frame.Deliver deliver) {
            return 6 + deliver.envelope().readableBytes();
        }
        return 1;
    }

    private static int bytesMax(FrameType type) {
        return type.carriesEnvelope()
                ? Limits.ENVELOPE_BYTES_MAX + ENVELOPE_FRAME_EXTRA_BYTES
                : FRAME_BYTES_MAX;
    }

    private static ProtocolException tooLarge(long length) {
        return new ProtocolException(ErrorCode.FRAME_TOO_LARGE, "a frame of " + length + " bytes");
    }

    private static ProtocolException malformed(String sentence) {
        return new ProtocolException(ErrorCode.MALFORMED_FRAME, sentence);
    }
}
