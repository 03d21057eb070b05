package io.qight.relay.v1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.qight.transport.ByteBudget.Reservation;
import io.qight.transport.StreamOutput;
import io.qight.wire.ErrorCode;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.FrameCodec;
import io.qight.wire.v1.Varint;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * The frames that the relay writes on one stream. They are gathered until {@link #flush}, and a
 * large envelope is written from where it is. What others hand in with a reservation is released
 * when the transport has taken it.
 *
 * <p>On the stream's event loop. There is no bound here: who writes looks at {@link
 * #answerBytes()}, or hears what was taken.
 */
final class FrameOutput {
    /** A larger envelope is not copied. */
    private static final int COPIED_BYTES_MAX = 4 << 10;

    /**
     * A part of the output.
     *
     * @param end what had been written up to its end
     * @param answer whether it answers the client's frames
     */
    private record Part(long begin, long end, boolean answer, @Nullable Reservation reservation) {}

    /** Who hears what the transport takes. */
    interface Taken {
        /** The transport has taken so many more groups of frames that were no answers. */
        void taken(int groups);
    }

    private final StreamOutput output;
    private final ByteBufAllocator allocator;
    private final Taken listener;
    private final Deque<Part> parts = new ArrayDeque<>(1);
    private @Nullable ByteBuf gathered;
    private long writtenBytes;
    private long takenBytes;
    private long answerBytes;
    private boolean flushing;
    private boolean ended;

    FrameOutput(StreamOutput output, ByteBufAllocator allocator, Taken listener) {
        this.output = output;
        this.allocator = allocator;
        this.listener = listener;
        output.whenDrained(this::progress);
    }

    /** Gathers an answer. */
    void write(Frame frame) {
        if (!ended) {
            long begin = writtenBytes;
            encode(frame);
            part(begin, true, null);
        }
    }

    /** Gathers frames that are no answers; the reservation is released once they are taken. */
    void write(Iterable<Frame> frames, @Nullable Reservation reservation) {
        if (ended) {
            release(reservation);
            return;
        }
        long begin = writtenBytes;
        frames.forEach(this::encode);
        part(begin, false, reservation);
    }

    /** Writes all of the frame but its envelope, which is to follow. */
    static void encodeFront(Frame.Deliver frame, ByteBuf out) {
        ByteBuf empty = out.alloc().buffer();
        try {
            FrameCodec.encode(
                    new Frame.Deliver(
                            frame.mailbox(),
                            frame.delivery(),
                            frame.leftMillis(),
                            frame.deliveries(),
                            frame.failures(),
                            Unpooled.EMPTY_BUFFER),
                    empty);
            // The length is another one.
            Varint.read(empty);
            Varint.write((long) empty.readableBytes() + frame.envelope().readableBytes(), out);
            out.writeBytes(empty);
        } finally {
            empty.release();
        }
    }

    /** Hands what was gathered to the transport. */
    void flush() {
        flushing = true;
        passOn();
        flushing = false;
        progress();
    }

    /** Gathers an ERROR, and ends the stream with it. */
    void finish(ErrorCode code, String sentence) {
        write(new Frame.StreamError(code.number(), sentence));
        finish();
    }

    /**
     * Ends the stream behind what was gathered. The end does not go alone, for the QUIC library may
     * lose it then (docs/decisions/0006).
     */
    void finish() {
        if (!ended) {
            ended = true;
            ByteBuf last = gathered();
            gathered = null;
            if (!last.isReadable()) {
                FrameCodec.encodeFiller(last);
                writtenBytes += last.readableBytes();
            }
            if (output.finished().isDone()) {
                last.release();
            } else {
                output.finish(last);
            }
        }
    }

    /** Nothing more will be taken. */
    void close() {
        ended = true;
        if (gathered != null) {
            gathered.release();
            gathered = null;
        }
        parts.forEach(part -> release(part.reservation));
        parts.clear();
        answerBytes = 0;
    }

    /** Whether the end was written, or nothing more can be. */
    boolean ended() {
        return ended;
    }

    /** Bytes of answers that the transport has not taken. */
    long answerBytes() {
        return answerBytes;
    }

    /** Bytes of all kinds that the transport has not taken. */
    long untakenBytes() {
        return writtenBytes - takenBytes;
    }

    /** Bytes of all kinds that the transport has taken. */
    long takenBytes() {
        return takenBytes;
    }

    /** Sees how far the transport has come; it says so by itself only when it has taken all. */
    void progress() {
        if (flushing || output.finished().isCompletedExceptionally()) {
            return;
        }
        int waiting = gathered == null ? 0 : gathered.readableBytes();
        takenBytes = Math.max(takenBytes, writtenBytes - waiting - output.queuedBytes());
        int told = 0;
        for (Part part = parts.peek();
                part != null && part.end <= takenBytes;
                part = parts.peek()) {
            parts.remove();
            if (part.answer) {
                answerBytes -= part.end - part.begin;
            } else {
                release(part.reservation);
                told++;
            }
        }
        if (told > 0) {
            listener.taken(told);
        }
    }

    private void part(long begin, boolean answer, @Nullable Reservation reservation) {
        Part last = parts.peekLast();
        if (answer) {
            answerBytes += writtenBytes - begin;
            if (last != null && last.answer) {
                parts.removeLast();
                parts.add(new Part(last.begin, writtenBytes, true, null));
                return;
            }
        }
        parts.add(new Part(begin, writtenBytes, answer, reservation));
    }

    private void encode(Frame frame) {
        if (frame instanceof Frame.Deliver deliver
                && deliver.envelope().readableBytes() > COPIED_BYTES_MAX) {
            ByteBuf out = gathered();
            int before = out.writerIndex();
            encodeFront(deliver, out);
            writtenBytes += out.writerIndex() - before;
            passOn();
            ByteBuf envelope = deliver.envelope().retainedDuplicate();
            writtenBytes += envelope.readableBytes();
            passOn(envelope);
        } else {
            ByteBuf out = gathered();
            int before = out.writerIndex();
            FrameCodec.encode(frame, out);
            writtenBytes += out.writerIndex() - before;
        }
    }

    private ByteBuf gathered() {
        if (gathered == null) {
            gathered = allocator.buffer();
        }
        return gathered;
    }

    private void passOn() {
        ByteBuf bytes = gathered;
        gathered = null;
        if (bytes != null) {
            passOn(bytes);
        }
    }

    private void passOn(ByteBuf bytes) {
        if (ended || output.finished().isDone()) {
            bytes.release();
        } else {
            output.write(bytes);
        }
    }

    private static void release(@Nullable Reservation reservation) {
        if (reservation != null) {
            reservation.release();
        }
    }
}
