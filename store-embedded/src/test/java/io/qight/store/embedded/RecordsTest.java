package io.qight.store.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import io.qight.store.Operation;
import io.qight.store.OutboxId;
import io.qight.store.OutboxNumber;
import io.qight.store.Removal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RecordsTest {
    private static final OutboxId OUTBOX = new OutboxId(0x0102030405060708L, -2);

    private final BatchBuffer batch = new BatchBuffer();
    private final CRC32C crc = new CRC32C();

    @Test
    void everyKindIsReadAsItWasWritten() {
        batch.mailbox(7, "Zoë".getBytes(StandardCharsets.UTF_8));
        batch.append(7, 11, append(300, null));
        batch.append(7, 12, append(0, new OutboxNumber(OUTBOX, 99)));
        batch.remove(7, 11, Removal.DEAD);
        batch.failures(7, 12, 65_535);
        Outbox outbox = new Outbox(OUTBOX, 5, 6, 1);
        outbox.take(1, 4);
        outbox.take(9, 9);
        batch.outbox(outbox, true, 0, 2);
        batch.forget(OUTBOX);
        BatchHeader header = new BatchHeader(3, -4, 5, 11, 8, 64, Format.COPIED);
        ByteBuffer bytes = batch.finish(header);
        int length = bytes.remaining();

        assertThat(BatchHeader.claimedLength(bytes, 0, 3)).isEqualTo(length);
        assertThat(BatchHeader.isIntact(bytes, 0, length, crc)).isTrue();
        assertThat(BatchHeader.decode(bytes, 0)).isEqualTo(header);
        assertThat(BatchHeader.recordsAt(bytes, 0)).isEqualTo(7);
        RecordReader record = new RecordReader(bytes, Format.BATCH_HEADER_BYTES, length);
        next(record, Format.MAILBOX);
        assertThat(record.mailbox()).isEqualTo(7);
        assertThat(record.mailboxName()).isEqualTo("Zoë");
        next(record, Format.APPEND);
        assertThat(record.mailbox()).isEqualTo(7);
        assertThat(record.sequence()).isEqualTo(11);
        assertThat(record.deadlineMillis()).isEqualTo(1001);
        assertThat(record.envelopeBytes()).isEqualTo(300);
        assertThat(record.isIntact(crc)).isTrue();
        next(record, Format.NUMBERED_APPEND);
        assertThat(record.outboxId()).isEqualTo(OUTBOX);
        assertThat(record.outboxNumber()).isEqualTo(99);
        assertThat(record.acceptedMillis()).isEqualTo(1000);
        next(record, Format.REMOVE);
        assertThat(record.mailbox()).isEqualTo(7);
        assertThat(record.sequence()).isEqualTo(11);
        next(record, Format.FAILURES);
        assertThat(record.mailbox()).isEqualTo(7);
        assertThat(record.sequence()).isEqualTo(12);
        assertThat(record.failures()).isEqualTo(65_535);
        next(record, Format.OUTBOX);
        assertThat(record.outboxId()).isEqualTo(OUTBOX);
        assertThat(record.replaces()).isTrue();
        assertThat(record.usedMillis()).isEqualTo(5);
        assertThat(record.rememberMillis()).isEqualTo(6);
        assertThat(record.ranges()).isEqualTo(2);
        assertThat(record.rangeFirst(1)).isEqualTo(9);
        assertThat(record.rangeLast(0)).isEqualTo(4);
        next(record, Format.FORGET);
        assertThat(record.outboxId()).isEqualTo(OUTBOX);
        assertThat(record.next()).isFalse();
    }

    @Test
    void anyFlippedBitOfABatchIsFound() {
        batch.append(7, 11, append(20, null));
        ByteBuffer bytes = batch.finish(new BatchHeader(3, -4, 5, 11, 8, 64, 0));
        int length = bytes.remaining();
        for (int bit = 0; bit < 8 * length; bit++) {
            byte old = bytes.get(bit / 8);
            bytes.put(bit / 8, (byte) (old ^ 1 << bit % 8));
            int claimed = BatchHeader.claimedLength(bytes, 0, 3);
            assertThat(claimed == length && BatchHeader.isIntact(bytes, 0, length, crc))
                    .as("bit %d", bit)
                    .isFalse();
            bytes.put(bit / 8, old);
        }
    }

    /** These bytes are what {@code docs/store-format.md} says, and do not change in version 1. */
    @Test
    void batchHasTheBytesOfTheSpecification() {
        batch.mailbox(2, "bob".getBytes(StandardCharsets.US_ASCII));
        batch.remove(1, 258, Removal.EXPIRED);
        ByteBuffer bytes = batch.finish(new BatchHeader(3, 4, 5, 6, 7, 64, 0));
        byte[] written = new byte[bytes.remaining()];
        bytes.get(written);

        String hex = HexFormat.of().formatHex(written);
        assertThat(hex.substring(0, 8)).isEqualTo("51425431");
        assertThat(hex.substring(16))
                .isEqualTo(
                        "60000000"
                                + "02000000"
                                + "03000000"
                                + "00000000"
                                + "0400000000000000"
                                + "0500000000000000"
                                + "0600000000000000"
                                + "0700000000000000"
                                + "40000000"
                                + "00000000"
                                + "0303000200000000000000626f62"
                                + "040201000000000000000201000000000000");
    }

    private static void next(RecordReader record, byte kind) {
        assertThat(record.next()).isTrue();
        assertThat(record.kind()).isEqualTo(kind);
    }

    private static Operation.Append append(int bytes, @Nullable OutboxNumber outbox) {
        return new Operation.Append(
                "bob", (byte) 1, 1000, 1001, ByteBuffer.allocate(bytes), outbox);
    }
}
