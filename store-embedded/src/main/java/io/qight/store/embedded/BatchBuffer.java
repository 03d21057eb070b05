package io.qight.store.embedded;

import io.qight.store.Operation;
import io.qight.store.OutboxId;
import io.qight.store.OutboxNumber;
import io.qight.store.Removal;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * The batch being written: encodes records one after the other into one direct buffer, and puts the
 * header before them. Used by one thread at a time. {@link RecordReader} is its counterpart.
 */
final class BatchBuffer {
    private static final int KEPT_BYTES_MAX = 4 << 20;
    private static final int FIRST_BYTES = 256 << 10;

    private final CRC32C crc = new CRC32C();
    private ByteBuffer buffer = Format.direct(FIRST_BYTES);
    private int records;

    BatchBuffer() {
        clear();
    }

    /** Begins the next batch. */
    void clear() {
        if (buffer.capacity() > KEPT_BYTES_MAX) {
            buffer = Format.direct(FIRST_BYTES);
        }
        buffer.clear().position(Format.BATCH_HEADER_BYTES);
        records = 0;
    }

    boolean isEmpty() {
        return records == 0;
    }

    /** How many bytes the batch has by now, header included. */
    int length() {
        return buffer.position();
    }

    static int appendBytes(Operation.Append append) {
        return Format.APPEND_HEAD_BYTES
                + append.bytes().remaining()
                + Format.CHECKSUM_BYTES
                + (append.outbox() == null ? 0 : Format.NUMBER_BYTES);
    }

    /** Adds an append; returns where in the batch its record begins. */
    int append(long mailbox, long sequence, Operation.Append append) {
        int at = record(appendBytes(append));
        OutboxNumber outbox = append.outbox();
        buffer.put(outbox == null ? Format.APPEND : Format.NUMBERED_APPEND)
                .put(append.format())
                .putInt(append.bytes().remaining())
                .putLong(mailbox)
                .putLong(sequence)
                .putLong(append.deadlineMillis())
                .put(append.bytes().duplicate());
        buffer.putInt(Format.checksum(crc, buffer, at, buffer.position()));
        if (outbox != null) {
            putId(outbox.id());
            buffer.putLong(outbox.number()).putLong(append.acceptedMillis());
        }
        return at;
    }

    /** Adds a record that is encoded already; returns where in the batch it begins. */
    int copy(ByteBuffer source, int from, int bytes) {
        int at = record(bytes);
        buffer.put(at, source, from, bytes).position(at + bytes);
        return at;
    }

    void mailbox(long number, byte[] name) {
        record(Format.MAILBOX_HEAD_BYTES + name.length);
        buffer.put(Format.MAILBOX).putShort((short) name.length).putLong(number).put(name);
    }

    void remove(long mailbox, long sequence, Removal removal) {
        record(Format.REMOVE_BYTES);
        buffer.put(Format.REMOVE)
                .put((byte) Format.number(removal))
                .putLong(mailbox)
                .putLong(sequence);
    }

    void failures(long mailbox, long sequence, int count) {
        record(Format.FAILURES_BYTES);
        buffer.put(Format.FAILURES).putShort((short) count).putLong(mailbox).putLong(sequence);
    }

    /**
     * Adds what is known of an outbox.
     *
     * @param replace whether this is all, and not to be added to what was known before
     * @param from the first of its ranges to write
     * @param to the range after the last
     */
    void outbox(Outbox outbox, boolean replace, int from, int to) {
        record(Format.OUTBOX_HEAD_BYTES + (to - from) * Format.RANGE_BYTES);
        buffer.put(Format.OUTBOX).put((byte) (replace ? 1 : 0));
        putId(outbox.id());
        buffer.putLong(outbox.usedMillis()).putLong(outbox.rememberMillis()).putInt(to - from);
        for (int i = from; i < to; i++) {
            buffer.putLong(outbox.firstOf(i)).putLong(outbox.lastOf(i));
        }
    }

    void forget(OutboxId id) {
        record(Format.FORGET_BYTES);
        buffer.put(Format.FORGET);
        putId(id);
    }

    /** Puts the header before the records, and gives the bytes to write. */
    ByteBuffer finish(BatchHeader header) {
        buffer.flip();
        header.encode(buffer, buffer.limit(), records, crc);
        return buffer;
    }

    /** Makes room for one record. */
    private int record(int bytes) {
        int at = buffer.position();
        if (buffer.remaining() < bytes) {
            int capacity = Math.max(at + bytes, Math.min(buffer.capacity() * 2, KEPT_BYTES_MAX));
            buffer = Format.direct(capacity).put(buffer.flip());
        }
        records++;
        return at;
    }

    private void putId(OutboxId id) {
        buffer.putLong(id.high()).putLong(id.low());
    }
}
