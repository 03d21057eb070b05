package io.qight.store.embedded;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * What the 64 bytes before a batch's records say, besides magic, length, number of records and
 * checksum.
 *
 * @param segment the segment it was written to
 * @param epoch random, made anew at each open
 * @param number counts the batches of the store; a copy keeps the highest number of what it holds
 * @param sequence the next free sequence before this batch
 * @param mailbox the next free mailbox number after this batch
 * @param durableBelow all bytes of the segment below this offset were synced when it was written
 * @param flags {@link Format#SEAL}, {@link Format#COPIED}
 */
record BatchHeader(
        int segment,
        long epoch,
        long number,
        long sequence,
        long mailbox,
        int durableBelow,
        int flags) {
    private static final int CHECKSUM_AT = 4;
    private static final int CHECKED_FROM = 8;

    boolean isSeal() {
        return (flags & Format.SEAL) != 0;
    }

    boolean isCopied() {
        return (flags & Format.COPIED) != 0;
    }

    /** Writes the header at the buffer's start, for a batch of {@code length} bytes in all. */
    void encode(ByteBuffer batch, int length, int records, CRC32C crc) {
        batch.putInt(0, Format.BATCH_MAGIC)
                .putInt(8, length)
                .putInt(12, records)
                .putInt(16, segment)
                .putInt(20, flags)
                .putLong(24, epoch)
                .putLong(32, number)
                .putLong(40, sequence)
                .putLong(48, mailbox)
                .putInt(56, durableBelow)
                .putInt(60, 0);
        batch.putInt(CHECKSUM_AT, Format.checksum(crc, batch, CHECKED_FROM, length));
    }

    /** The length that a header at {@code at} claims, or 0 if there is no header of the segment. */
    static int claimedLength(ByteBuffer bytes, int at, int segment) {
        if (bytes.getInt(at) != Format.BATCH_MAGIC || bytes.getInt(at + 16) != segment) {
            return 0;
        }
        return Math.max(0, bytes.getInt(at + 8));
    }

    /** Whether the whole batch at {@code at} is as it was written. */
    static boolean isIntact(ByteBuffer bytes, int at, int length, CRC32C crc) {
        return bytes.getInt(at + CHECKSUM_AT)
                == Format.checksum(crc, bytes, at + CHECKED_FROM, at + length);
    }

    static int recordsAt(ByteBuffer bytes, int at) {
        return bytes.getInt(at + 12);
    }

    /** Reads the header of an intact batch. */
    static BatchHeader decode(ByteBuffer bytes, int at) {
        return new BatchHeader(
                bytes.getInt(at + 16),
                bytes.getLong(at + 24),
                bytes.getLong(at + 32),
                bytes.getLong(at + 40),
                bytes.getLong(at + 48),
                bytes.getInt(at + 56),
                bytes.getInt(at + 20));
    }
}
