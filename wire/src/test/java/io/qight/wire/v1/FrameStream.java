package io.qight.wire.v1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.qight.wire.ErrorCode;
import io.qight.wire.Limits;
import io.qight.wire.ProtocolException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads a stream as a peer does: frames as soon as they are whole, and then its end. */
final class FrameStream {
    private final ByteBuf in = Unpooled.buffer();
    private final List<Frame> frames = new ArrayList<>();

    /** The frames of a whole stream. */
    static List<Frame> read(byte... bytes) {
        FrameStream stream = new FrameStream();
        stream.arrive(bytes);
        return stream.end();
    }

    /** The frames up to the end, or to what was refused. */
    static Outcome outcome(byte[] bytes) {
        return new FrameStream().outcome(List.of(bytes));
    }

    /** As {@link #outcome(byte[])}, with the bytes arriving one by one. */
    static Outcome outcomeOneByOne(byte[] bytes) {
        List<byte[]> pieces = new ArrayList<>();
        for (byte next : bytes) {
            pieces.add(new byte[] {next});
        }
        return new FrameStream().outcome(pieces);
    }

    record Outcome(List<Frame> frames, Optional<ErrorCode> refusal, String sentence) {}

    void arrive(byte... bytes) {
        in.writeBytes(bytes);
        Optional<FrameCodec.Head> head = FrameCodec.head(in, Limits.ENVELOPE_BYTES_MAX);
        while (head.isPresent() && FrameCodec.complete(head.get(), in)) {
            FrameCodec.decode(head.get(), in).ifPresent(frames::add);
            head = FrameCodec.head(in, Limits.ENVELOPE_BYTES_MAX);
        }
    }

    List<Frame> end() {
        if (in.isReadable()) {
            throw new ProtocolException(ErrorCode.MALFORMED_FRAME, "ended within a frame");
        }
        return frames;
    }

    private Outcome outcome(List<byte[]> pieces) {
        try {
            pieces.forEach(this::arrive);
            return new Outcome(end(), Optional.empty(), "");
        } catch (ProtocolException e) {
            return new Outcome(frames, Optional.of(e.code()), String.valueOf(e.getMessage()));
        }
    }
}
