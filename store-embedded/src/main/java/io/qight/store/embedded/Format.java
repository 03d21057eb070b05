package io.qight.store.embedded;

import io.qight.store.Removal;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.zip.CRC32C;

/** The constants of the files, as {@code docs/store-format.md} prints them. */
final class Format {
    static final int VERSION = 1;

    /** Every file begins with a {@link FileHeader}. */
    static final int FILE_HEADER_BYTES = 64;

    /** Batches begin at multiples of this. */
    static final int ALIGNMENT = 64;

    static final int BATCH_HEADER_BYTES = 64;
    static final int BATCH_MAGIC = 0x31544251; // "QBT1"

    /** Batch flag: the segment ends here. */
    static final int SEAL = 1;

    /** Batch flag: made by compaction, so outbox numbers in it count no more. */
    static final int COPIED = 2;

    static final byte APPEND = 1;
    static final byte NUMBERED_APPEND = 2;
    static final byte MAILBOX = 3;
    static final byte REMOVE = 4;
    static final byte FAILURES = 5;
    static final byte OUTBOX = 6;
    static final byte FORGET = 7;

    /** An append's bytes before the envelope, and the checksum after it. */
    static final int APPEND_HEAD_BYTES = 30;

    static final int CHECKSUM_BYTES = 4;
    static final int NUMBER_BYTES = 32;
    static final int MAILBOX_HEAD_BYTES = 11;
    static final int REMOVE_BYTES = 18;
    static final int FAILURES_BYTES = 19;
    static final int OUTBOX_HEAD_BYTES = 38;
    static final int RANGE_BYTES = 16;
    static final int FORGET_BYTES = 17;

    static final int NAME_BYTES_MAX = 1024;

    private static final List<Removal> REMOVALS =
            List.of(
                    Removal.ACKED,
                    Removal.EXPIRED,
                    Removal.COLLAPSED,
                    Removal.PURGED,
                    Removal.DEAD);

    private Format() {}

    /** The number of a way to leave, 1 to 5. */
    static int number(Removal removal) {
        return REMOVALS.indexOf(removal) + 1;
    }

    /** The way to leave that has a number. */
    static Removal removal(int number) {
        return REMOVALS.get(number - 1);
    }

    /** Where the next batch begins. */
    static int align(int position) {
        return (position + ALIGNMENT - 1) & -ALIGNMENT;
    }

    /** A direct buffer in the byte order of the files. */
    static ByteBuffer direct(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** The CRC32C of some bytes of a buffer, whose position and limit stay. */
    static int checksum(CRC32C crc, ByteBuffer buffer, int from, int to) {
        int position = buffer.position();
        int limit = buffer.limit();
        crc.reset();
        buffer.limit(to).position(from);
        crc.update(buffer);
        buffer.limit(limit).position(position);
        return (int) crc.getValue();
    }
}
