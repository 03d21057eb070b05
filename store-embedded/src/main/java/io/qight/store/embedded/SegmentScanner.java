package io.qight.store.embedded;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * Reads the batches of a segment in their order, in large pieces, and stops at the seal or where no
 * intact batch follows. Used by one thread; {@link #open} starts on the next segment.
 */
final class SegmentScanner {
    private static final int WINDOW_BYTES = 4 << 20;

    private final CRC32C crc = new CRC32C();
    private ByteBuffer window = Format.direct(WINDOW_BYTES);
    private DiskFile file;
    private int segment;
    private int capacity;
    private int windowStart;
    private int offset;
    private int end;
    private int length;
    private long epoch;
    private boolean epochKnown;
    private boolean sealed;
    private BatchHeader header = new BatchHeader(0, 0, 0, 0, 0, 0, 0);

    /** Starts before the first batch of a segment. */
    SegmentScanner(DiskFile file, int segment) throws IOException {
        this.file = file;
        open(file, segment);
    }

    /** Starts before the first batch of another segment. */
    void open(DiskFile newFile, int newSegment) throws IOException {
        file = newFile;
        segment = newSegment;
        capacity = (int) Math.min(Integer.MAX_VALUE, file.size());
        windowStart = 0;
        window.clear().limit(0);
        offset = 0;
        end = Format.FILE_HEADER_BYTES;
        length = 0;
        epochKnown = false;
        sealed = false;
    }

    /** Goes to the next batch; false after the seal, and where no intact one follows. */
    boolean next() throws IOException {
        if (sealed || !isIntact(end)) {
            return false;
        }
        accept(end);
        return true;
    }

    /**
     * Goes to the first intact batch after a bad place; false if there is none. Only batches of the
     * same epoch count, if it is known.
     */
    boolean nextAfterDamage() throws IOException {
        int at = later(end + Format.ALIGNMENT);
        if (at < 0) {
            return false;
        }
        accept(at);
        return true;
    }

    /** Whether a later batch proves that what is missing at {@link #end} had been synced. */
    boolean isDamagedAtEnd() throws IOException {
        int at = sealed ? -1 : later(end + Format.ALIGNMENT);
        while (at >= 0) {
            if (window.getInt(at - windowStart + 56) > end) {
                return true;
            }
            at = later(at + Format.ALIGNMENT);
        }
        return false;
    }

    BatchHeader header() {
        return header;
    }

    /** Where in the segment the batch begins. */
    int offset() {
        return offset;
    }

    /** Where in the segment the next batch would begin. */
    int end() {
        return end;
    }

    boolean isSealed() {
        return sealed;
    }

    /** The buffer that holds the batch; {@link #at} is where. */
    ByteBuffer buffer() {
        return window;
    }

    int at() {
        return offset - windowStart;
    }

    /** The batch's bytes, header included. */
    int length() {
        return length;
    }

    RecordReader records() {
        return new RecordReader(window, at() + Format.BATCH_HEADER_BYTES, at() + length);
    }

    /** Where in the segment a record of the batch begins. */
    int offsetOf(RecordReader record) {
        return windowStart + record.offset();
    }

    private void accept(int at) {
        header = BatchHeader.decode(window, at - windowStart);
        length = BatchHeader.claimedLength(window, at - windowStart, segment);
        offset = at;
        end = Format.align(at + length);
        epoch = header.epoch();
        epochKnown = true;
        sealed = header.isSeal();
    }

    private int later(int from) throws IOException {
        for (int at = from; at + Format.BATCH_HEADER_BYTES <= capacity; at += Format.ALIGNMENT) {
            if (isIntact(at)) {
                return at;
            }
        }
        return -1;
    }

    private boolean isIntact(int at) throws IOException {
        if (!load(at, Format.BATCH_HEADER_BYTES)) {
            return false;
        }
        int claimed = BatchHeader.claimedLength(window, at - windowStart, segment);
        if (claimed < Format.BATCH_HEADER_BYTES
                || claimed > capacity - at
                || (epochKnown && window.getLong(at - windowStart + 24) != epoch)) {
            return false;
        }
        return load(at, claimed) && BatchHeader.isIntact(window, at - windowStart, claimed, crc);
    }

    /** Makes the window hold some bytes of the segment. */
    private boolean load(int at, int bytes) throws IOException {
        if (bytes > capacity - at) {
            return false;
        }
        if (at >= windowStart && at + bytes <= windowStart + window.limit()) {
            return true;
        }
        if (window.capacity() < bytes) {
            window = Format.direct(Integer.highestOneBit(bytes) * 2);
        }
        window.clear().limit(Math.min(window.capacity(), capacity - at));
        windowStart = at;
        file.read(window, at);
        window.flip();
        return window.limit() >= bytes;
    }
}
