package io.qight.store.embedded;

import io.qight.store.StoreException;
import io.qight.store.StoredEnvelope;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Reads waiting envelopes: looks them up under the store's lock, reads and verifies them outside.
 * Any thread. The segments that it reads stay as they are until it is done.
 */
final class EnvelopeReader {
    /** Records with no more between them than this are read together. */
    private static final int GAP_BYTES_MAX = 512;

    private static final int SPAN_BYTES_MAX = 64 << 10;

    private final Disk disk;
    private final State state;

    EnvelopeReader(Disk disk, State state) {
        this.disk = disk;
        this.state = state;
    }

    /** A record to be read. */
    private record Wanted(
            Segment segment, int offset, int envelopeBytes, long sequence, int failures) {
        int end() {
            return offset + RecordReader.readBytes(envelopeBytes);
        }

        boolean joins(int start, Wanted before) {
            return segment.equals(before.segment)
                    && offset >= before.end()
                    && offset - before.end() <= GAP_BYTES_MAX
                    && end() - start <= SPAN_BYTES_MAX;
        }
    }

    /** See {@link io.qight.store.MailboxStore#read}. */
    List<StoredEnvelope> read(String name, long afterSequence, int envelopesMax, long bytesMax) {
        List<Wanted> wanted = new ArrayList<>();
        long number = find(name, afterSequence, envelopesMax, bytesMax, wanted);
        try {
            List<StoredEnvelope> envelopes = new ArrayList<>(wanted.size());
            for (int from = 0; from < wanted.size(); ) {
                int to = from + 1;
                int start = wanted.get(from).offset;
                while (to < wanted.size() && wanted.get(to).joins(start, wanted.get(to - 1))) {
                    to++;
                }
                readSpan(number, wanted.subList(from, to), envelopes);
                from = to;
            }
            return envelopes;
        } finally {
            for (Wanted one : wanted) {
                one.segment.unpin();
            }
        }
    }

    /** Looks up what to read, and pins the segments. */
    private long find(
            String name, long afterSequence, int envelopesMax, long bytesMax, List<Wanted> wanted) {
        Blocks.Place place = new Blocks.Place();
        state.lock.lock();
        try {
            Mailbox mailbox = state.index.mailbox(name);
            if (mailbox == null) {
                return 0;
            }
            long bytes = 0;
            long at = state.index.findAbove(mailbox, afterSequence);
            while (at >= 0 && wanted.size() < envelopesMax) {
                state.index.place(mailbox, at, place);
                bytes += place.envelopeBytes;
                if (bytes > bytesMax && !wanted.isEmpty()) {
                    break;
                }
                Segment segment = state.segments.atSlot(place.slot);
                segment.pin();
                long sequence = state.index.sequence(mailbox, at);
                wanted.add(
                        new Wanted(
                                segment,
                                place.offset,
                                place.envelopeBytes,
                                sequence,
                                state.failures(sequence)));
                at = state.index.next(mailbox, at);
            }
            return mailbox.number;
        } finally {
            state.lock.unlock();
        }
    }

    private void readSpan(long mailbox, List<Wanted> span, List<StoredEnvelope> into) {
        Wanted first = span.get(0);
        int length = span.get(span.size() - 1).end() - first.offset;
        ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        try {
            int count = first.segment.file.read(bytes, first.offset);
            if (count < length) {
                throw damaged(first);
            }
        } catch (IOException e) {
            throw new StoreException.Unreadable(
                    "%s cannot be read at offset %d".formatted(name(first), first.offset), e);
        }
        CRC32C crc = new CRC32C();
        bytes.clear();
        for (Wanted one : span) {
            int at = one.offset - first.offset;
            if (!isIntact(bytes, at, mailbox, one, crc)) {
                throw damaged(one);
            }
            into.add(
                    new StoredEnvelope(
                            one.sequence,
                            bytes.get(at + 1),
                            bytes.getLong(at + 22),
                            one.failures,
                            bytes.slice(at + Format.APPEND_HEAD_BYTES, one.envelopeBytes)));
        }
    }

    private static boolean isIntact(
            ByteBuffer bytes, int at, long mailbox, Wanted wanted, CRC32C crc) {
        byte kind = bytes.get(at);
        return (kind == Format.APPEND || kind == Format.NUMBERED_APPEND)
                && bytes.getLong(at + 6) == mailbox
                && bytes.getLong(at + 14) == wanted.sequence
                && RecordReader.appendIsIntact(bytes, at, wanted.envelopeBytes, crc);
    }

    private StoreException damaged(Wanted wanted) {
        return new StoreException.Damaged(
                "%s is damaged at offset %d: the record of envelope %d is not what was written"
                        .formatted(name(wanted), wanted.offset, wanted.sequence));
    }

    private String name(Wanted wanted) {
        return disk.describe(Preparation.fileName(wanted.segment.id));
    }
}
