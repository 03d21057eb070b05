package io.qight.store.embedded;

import io.qight.store.OutboxId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/**
 * Reads the records of an intact batch one after the other: {@link #next}, then the fields that the
 * {@link #kind} has. Not one object is made for a record. Used by one thread.
 */
final class RecordReader {
    private final ByteBuffer bytes;
    private final int end;
    private int at;
    private int next;

    /** Reads the records in {@code bytes} between two offsets. */
    RecordReader(ByteBuffer bytes, int from, int end) {
        this.bytes = bytes;
        this.next = from;
        this.end = end;
    }

    /** Goes to the next record; false after the last. */
    boolean next() {
        if (next >= end) {
            return false;
        }
        at = next;
        next = at + length();
        if (next > end) {
            throw new IllegalStateException("a record runs out of its intact batch");
        }
        return true;
    }

    byte kind() {
        return bytes.get(at);
    }

    /** Where the record begins in the buffer. */
    int offset() {
        return at;
    }

    /** How many bytes the record has. */
    int recordBytes() {
        return next - at;
    }

    int envelopeBytes() {
        return bytes.getInt(at + 2);
    }

    long mailbox() {
        return switch (kind()) {
            case Format.APPEND, Format.NUMBERED_APPEND -> bytes.getLong(at + 6);
            case Format.REMOVE -> bytes.getLong(at + 2);
            default -> bytes.getLong(at + 3);
        };
    }

    long sequence() {
        return switch (kind()) {
            case Format.APPEND, Format.NUMBERED_APPEND -> bytes.getLong(at + 14);
            case Format.REMOVE -> bytes.getLong(at + 10);
            default -> bytes.getLong(at + 11);
        };
    }

    long deadlineMillis() {
        return bytes.getLong(at + 22);
    }

    /** Whether an append's own checksum is right. */
    boolean isIntact(CRC32C crc) {
        return appendIsIntact(bytes, at, envelopeBytes(), crc);
    }

    /** How many bytes a reader needs to read an append of an envelope of that size. */
    static int readBytes(int envelopeBytes) {
        return Format.APPEND_HEAD_BYTES + envelopeBytes + Format.CHECKSUM_BYTES;
    }

    /**
     * Whether the append at {@code at} holds an envelope of that size and its checksum is right.
     */
    static boolean appendIsIntact(ByteBuffer bytes, int at, int envelopeBytes, CRC32C crc) {
        int checksumAt = at + Format.APPEND_HEAD_BYTES + envelopeBytes;
        return bytes.getInt(at + 2) == envelopeBytes
                && bytes.getInt(checksumAt) == Format.checksum(crc, bytes, at, checksumAt);
    }

    long outboxNumber() {
        return bytes.getLong(next - 16);
    }

    long acceptedMillis() {
        return bytes.getLong(next - 8);
    }

    OutboxId outboxId() {
        int from =
                switch (kind()) {
                    case Format.NUMBERED_APPEND -> next - Format.NUMBER_BYTES;
                    case Format.OUTBOX -> at + 2;
                    default -> at + 1;
                };
        return new OutboxId(bytes.getLong(from), bytes.getLong(from + 8));
    }

    String mailboxName() {
        byte[] name = new byte[bytes.getShort(at + 1) & 0xFFFF];
        bytes.get(at + Format.MAILBOX_HEAD_BYTES, name);
        return new String(name, StandardCharsets.UTF_8);
    }

    int failures() {
        return bytes.getShort(at + 1) & 0xFFFF;
    }

    boolean replaces() {
        return bytes.get(at + 1) != 0;
    }

    long usedMillis() {
        return bytes.getLong(at + 18);
    }

    long rememberMillis() {
        return bytes.getLong(at + 26);
    }

    int ranges() {
        return bytes.getInt(at + 34);
    }

    long rangeFirst(int index) {
        return bytes.getLong(at + Format.OUTBOX_HEAD_BYTES + index * Format.RANGE_BYTES);
    }

    long rangeLast(int index) {
        return bytes.getLong(at + Format.OUTBOX_HEAD_BYTES + index * Format.RANGE_BYTES + 8);
    }

    private int length() {
        return switch (kind()) {
            case Format.APPEND -> readBytes(envelopeBytes());
            case Format.NUMBERED_APPEND -> readBytes(envelopeBytes()) + Format.NUMBER_BYTES;
            case Format.MAILBOX -> Format.MAILBOX_HEAD_BYTES + (bytes.getShort(at + 1) & 0xFFFF);
            case Format.REMOVE -> Format.REMOVE_BYTES;
            case Format.FAILURES -> Format.FAILURES_BYTES;
            case Format.OUTBOX -> Format.OUTBOX_HEAD_BYTES + ranges() * Format.RANGE_BYTES;
            case Format.FORGET -> Format.FORGET_BYTES;
            default -> throw new IllegalStateException("record kind " + kind() + " is not known");
        };
    }
}
