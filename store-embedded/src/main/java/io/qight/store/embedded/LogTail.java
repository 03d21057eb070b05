package io.qight.store.embedded;

import io.qight.store.Durability;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The end of the log: the active segment, and the batch that is being built for it. Used by one
 * thread at a time, the one that has the writer's lock.
 *
 * <p>Records go into {@link #buffer} after {@link #room} said yes; a batch is written when the next
 * record does not fit any more, and by {@link #flush}. What was written is durable when those
 * return (at durability {@code OS}: written). A segment that is full is sealed and synced before a
 * batch of the next one is written, so only the last segment can have a torn end.
 */
final class LogTail {
    /** Larger commits are cut into batches of this size, or of one larger record. */
    private static final int BATCH_BYTES_MAX = 8 << 20;

    private final State state;
    private final Preparation preparation;
    private final boolean forcing;
    private final long epoch;
    private final BatchBuffer buffer = new BatchBuffer();
    private @Nullable Segment active;
    private long sequence;
    private long mailbox;
    private long batch;
    private long batchSequence;
    private int forcedBelow;

    LogTail(State state, Preparation preparation, Durability durability, long epoch) {
        this.state = state;
        this.preparation = preparation;
        this.forcing = durability == Durability.FSYNC;
        this.epoch = epoch;
        sequence = state.next().sequence();
        mailbox = state.next().mailbox();
        batch = state.next().batch();
        batchSequence = sequence;
    }

    /** The batch being built. */
    BatchBuffer buffer() {
        return buffer;
    }

    /** The segment that the batch will be in; there is one after {@link #room} said yes. */
    Segment active() {
        Segment segment = active;
        if (segment == null) {
            throw new IllegalStateException("no segment is active");
        }
        return segment;
    }

    /** The number that the batch will have. */
    long batch() {
        return batch;
    }

    long nextSequence() {
        return sequence;
    }

    long takeSequence() {
        return sequence++;
    }

    long takeMailbox() {
        return mailbox++;
    }

    NextNumbers next() {
        return new NextNumbers(sequence, mailbox, batch);
    }

    /** The bytes of records that fit into any segment of a size. */
    static int recordBytesMax(int segmentBytes) {
        return segmentBytes - Format.FILE_HEADER_BYTES - 2 * Format.BATCH_HEADER_BYTES;
    }

    /**
     * Makes sure that the batch has room for so many bytes more. An append finds room only while
     * the spare segments stand untouched behind the active one; waits for their preparation.
     */
    boolean room(int bytes, boolean append) throws IOException {
        if (append && !preparation.require(Preparation.RESERVE, 0)) {
            return false;
        }
        if (fits(bytes)) {
            return true;
        }
        flush();
        if (fits(bytes)) {
            return true;
        }
        return roll(bytes, append);
    }

    /** Writes the batch that was built, if there is one, and syncs it. */
    void flush() throws IOException {
        write(0, forcing);
    }

    /** The same, synced at every durability. */
    void flushForced() throws IOException {
        write(0, true);
    }

    /** Ends the active segment for good and syncs it; returns it if there is one. */
    @Nullable Segment seal() throws IOException {
        Segment segment = active;
        if (segment == null) {
            return null;
        }
        flush();
        write(Format.SEAL, true);
        state.lock.lock();
        try {
            segment.sealed = true;
            segment.endSequence = sequence;
        } finally {
            state.lock.unlock();
        }
        active = null;
        return segment;
    }

    private boolean fits(int bytes) {
        Segment segment = active;
        if (segment == null) {
            return false;
        }
        int length = buffer.length() + bytes;
        boolean first = buffer.isEmpty();
        return (first || length <= BATCH_BYTES_MAX)
                && Format.align(segment.position + length) + Format.BATCH_HEADER_BYTES
                        <= segment.capacity;
    }

    private boolean roll(int bytes, boolean append) throws IOException {
        int segmentBytes = bytes + Format.FILE_HEADER_BYTES + 3 * Format.BATCH_HEADER_BYTES;
        if (!preparation.require(append ? Preparation.RESERVE + 1 : 1, segmentBytes)) {
            return false;
        }
        seal();
        state.lock.lock();
        try {
            active = state.segments.activate(sequence);
            state.addWork();
        } finally {
            state.lock.unlock();
        }
        forcedBelow = Format.FILE_HEADER_BYTES;
        return active != null;
    }

    private void write(int flags, boolean force) throws IOException {
        if (buffer.isEmpty() && flags == 0) {
            return;
        }
        Segment segment = active();
        BatchHeader header =
                new BatchHeader(
                        segment.id, epoch, batch, batchSequence, mailbox, forcedBelow, flags);
        ByteBuffer bytes = buffer.finish(header);
        int end = Format.align(segment.position + bytes.remaining());
        segment.file.write(bytes, segment.position);
        if (force) {
            segment.file.force();
            forcedBelow = end;
        }
        segment.position = end;
        segment.lastBatch = batch;
        batch++;
        batchSequence = sequence;
        buffer.clear();
    }
}
