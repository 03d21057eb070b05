package io.qight.relay.v1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.qight.transport.Connection;
import io.qight.wire.ErrorCode;
import io.qight.wire.ProtocolException;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.FrameCodec;
import io.qight.wire.v1.FrameType;
import io.qight.wire.v1.StreamKind;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The bytes that a client has sent on one stream and that are no frames yet. It holds at most two
 * reads, unless room was made for a larger frame. Belongs to one thread.
 *
 * <p>Frames are decoded from copies of their own, so what they hold lives as long as they do.
 */
final class FrameInput {
    /** A frame that lacks no more than this is read without asking for room. */
    static final int SMALL_BYTES_MAX = Connection.READ_BYTES_MAX;

    private final boolean firstStream;
    private final long envelopeBytesMax;
    private @Nullable StreamKind kind;
    private long wholeFrames;
    private ByteBuf bytes = Unpooled.EMPTY_BUFFER;

    /** The large frame that room was made for; it is followed by {@link #bytes}. */
    private @Nullable ByteBuf large;

    /** Nothing yet, on the client's first stream or on another. */
    FrameInput(boolean firstStream, long envelopeBytesMax) {
        this.firstStream = firstStream;
        this.envelopeBytesMax = envelopeBytesMax;
    }

    /** More bytes, which are read and not kept. */
    void add(ByteBuf more) {
        if (large != null) {
            more.readBytes(large, Math.min(more.readableBytes(), large.writableBytes()));
        }
        if (more.isReadable()) {
            bytes = Unpooled.copiedBuffer(bytes, more);
        }
    }

    /**
     * The next frame; null if it is not whole yet. What may be ignored is.
     *
     * @throws ProtocolException if these bytes can be no frame, or none that may stand here
     */
    @Nullable Frame next() {
        while (true) {
            ByteBuf from = large == null ? bytes : large;
            Optional<FrameCodec.Head> head = FrameCodec.head(from, envelopeBytesMax);
            if (head.isEmpty()) {
                return null;
            }
            check(head.get().type());
            if (!FrameCodec.complete(head.get(), from)) {
                return null;
            }
            large = null;
            wholeFrames++;
            Optional<Frame> frame = FrameCodec.decode(head.get(), from);
            if (frame.isPresent()) {
                return frame.get();
            }
        }
    }

    /** How many frames have been whole, those to ignore included. */
    long wholeFrames() {
        return wholeFrames;
    }

    /** The size of the frame that has begun and that room is to be made for; 0 if none is. */
    int wantedBytes() {
        if (large != null) {
            return 0;
        }
        return FrameCodec.head(bytes, envelopeBytesMax)
                .map(head -> head.headBytes() + head.bodyBytes())
                .filter(size -> size - bytes.readableBytes() > SMALL_BYTES_MAX)
                .orElse(0);
    }

    /** Makes room for a frame of {@link #wantedBytes}. */
    void makeRoom() {
        int size = wantedBytes();
        large = Unpooled.buffer(size, size).writeBytes(bytes);
        bytes = Unpooled.EMPTY_BUFFER;
    }

    /** Whether a frame that room was made for is not decoded yet. */
    boolean large() {
        return large != null;
    }

    /** Whether no frame has begun. */
    boolean betweenFrames() {
        return large == null && !bytes.isReadable();
    }

    /** How many bytes the frame that has begun has, as far as that is known. */
    int begunBytes() {
        ByteBuf from = large == null ? bytes : large;
        return FrameCodec.head(from, envelopeBytesMax)
                .map(head -> head.headBytes() + head.bodyBytes())
                .orElse(0);
    }

    /** Forgets all: nothing more is read here. */
    void clear() {
        large = null;
        bytes = Unpooled.EMPTY_BUFFER;
    }

    /** What the stream is for; null before the first frame. */
    @Nullable StreamKind kind() {
        return kind;
    }

    /** By its type alone, so that nothing large is read in vain. */
    private void check(long number) {
        FrameType type = FrameType.of(number).orElse(null);
        if (kind == null) {
            if (type == null || !opens(type)) {
                throw new ProtocolException(
                        ErrorCode.WRONG_STATE,
                        "a stream does not begin with "
                                + (type == null ? "a frame of the type " + number : type));
            }
            kind = type.stream();
        } else if (type != null
                && (!type.standsOn(kind) || type.direction() == FrameType.Direction.TO_CLIENT)) {
            throw new ProtocolException(
                    ErrorCode.WRONG_STATE, type + " does not belong here from a client");
        }
    }

    private boolean opens(FrameType type) {
        return firstStream
                ? type == FrameType.HELLO
                : type == FrameType.OUTBOX || type == FrameType.SUBSCRIBE;
    }
}
