package io.qight.store.embedded;

import io.qight.store.OutboxId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * Writes a checkpoint: what waits in the segments that are settled when it begins, and all that is
 * known beside. At open those segments need not be scanned.
 *
 * <p>It is taken mailbox by mailbox while commits go on, so it mixes moments. That does no harm:
 * all later segments are replayed over it, and a replay of what it knows already changes nothing.
 * What says which removals are needed is taken last, so it knows of all that the mailboxes miss.
 *
 * <p>Used by the housekeeper, never while a compaction runs.
 */
final class CheckpointWriter {
    private static final int FAILURES_BYTES = 28;
    private static final int FORCE_BYTES = 1 << 20;
    private static final int BODY_HEAD_BYTES = 14;

    /** What a mailbox takes before its second envelope. */
    private static final int MAILBOX_BYTES_MAX = 2048;

    /** The most that one part may put past a section's end: a segment that aims at all others. */
    private static final int SPARE_BYTES = 64 + 12 * Segments.MAX;

    private final State state;
    private final Preparation preparation;
    private final Pace pace;
    private final DiskFile file;
    private final CRC32C crc = new CRC32C();
    private final ByteBuffer buffer = Format.direct(Sections.BODY_BYTES + SPARE_BYTES);
    private final Blocks.Place place = new Blocks.Place();
    private List<Segment> covered = List.of();
    private boolean[] coveredSlots = new boolean[0];
    private long batch;
    private long position = Format.FILE_HEADER_BYTES;
    private long forced;
    private long sliceStart = System.nanoTime();

    CheckpointWriter(State state, Preparation preparation, Pace pace, DiskFile file) {
        this.state = state;
        this.preparation = preparation;
        this.pace = pace;
        this.file = file;
    }

    /** The segments that need no scan once this checkpoint counts. */
    List<Segment> covered() {
        return covered;
    }

    /** All batches below this one are in the checkpoint. */
    long batch() {
        return batch;
    }

    long bytes() {
        return position;
    }

    /** Writes and syncs all of it. */
    void write(ByteBuffer header) throws IOException {
        file.write(header, 0);
        begin();
        mailboxes();
        outboxes();
        failures();
        segments();
        file.force();
    }

    private void begin() {
        state.lock.lock();
        try {
            covered = state.segments.log().stream().filter(state::isSettled).toList();
            batch = state.next().batch();
            int slots = 0;
            for (Segment segment : covered) {
                slots = Math.max(slots, segment.slot + 1);
            }
            coveredSlots = new boolean[slots];
            for (Segment segment : covered) {
                coveredSlots[segment.slot] = true;
            }
        } finally {
            state.lock.unlock();
        }
    }

    private void mailboxes() throws IOException {
        int slot = 0;
        long above = 0;
        boolean more = true;
        while (more) {
            Sections.begin(buffer);
            state.lock.lock();
            try {
                while (slot < state.index.slots()
                        && buffer.position() < Sections.BODY_BYTES - MAILBOX_BYTES_MAX) {
                    Mailbox mailbox = state.index.atSlot(slot);
                    long last = mailbox == null ? -1 : mailbox(mailbox, above);
                    above = last;
                    if (last < 0) {
                        slot++;
                        above = 0;
                    }
                }
                more = slot < state.index.slots();
            } finally {
                state.lock.unlock();
            }
            section(Sections.MAILBOXES);
        }
    }

    /**
     * Writes envelopes of a mailbox while there is room, from the first above a sequence.
     *
     * @return the sequence to go on above; -1 if there is no more
     */
    private long mailbox(Mailbox mailbox, long above) {
        int head = buffer.position();
        byte[] name = mailbox.name.getBytes(StandardCharsets.UTF_8);
        buffer.putLong(mailbox.number).putShort((short) name.length).putInt(0).put(name);
        int count = 0;
        long last = above;
        long at = state.index.findAbove(mailbox, above);
        while (at >= 0 && buffer.position() < Sections.BODY_BYTES) {
            state.index.place(mailbox, at, place);
            if (place.slot >= coveredSlots.length || !coveredSlots[place.slot]) {
                at = -1; // later ones are in later segments
                break;
            }
            last = state.index.sequence(mailbox, at);
            buffer.putLong(last).putInt(state.segments.atSlot(place.slot).id);
            buffer.putInt(place.offset).putInt(place.envelopeBytes);
            buffer.putLong(place.deadlineMillis);
            count++;
            at = state.index.next(mailbox, at);
        }
        if (count == 0) {
            buffer.position(head);
        } else {
            buffer.putInt(head + BODY_HEAD_BYTES - Integer.BYTES, count);
        }
        return at < 0 ? -1 : last;
    }

    private void outboxes() throws IOException {
        List<OutboxId> ids;
        state.lock.lock();
        try {
            ids = state.outboxes.ids();
        } finally {
            state.lock.unlock();
        }
        Sections.begin(buffer);
        for (OutboxId id : ids) {
            Outbox outbox;
            state.lock.lock();
            try {
                Outbox known = state.outboxes.get(id);
                if (known == null) {
                    continue;
                }
                outbox = known.copy();
            } finally {
                state.lock.unlock();
            }
            state.giveWay();
            outbox(outbox);
        }
        section(Sections.OUTBOXES);
    }

    private void outbox(Outbox outbox) throws IOException {
        int from = 0;
        do {
            int to = Math.min(outbox.ranges(), from + 1024);
            buffer.putLong(outbox.id().high()).putLong(outbox.id().low());
            buffer.putLong(outbox.usedMillis()).putLong(outbox.rememberMillis());
            buffer.putLong(outbox.baseBatch()).putInt(to - from);
            for (int i = from; i < to; i++) {
                buffer.putLong(outbox.firstOf(i)).putLong(outbox.lastOf(i));
            }
            from = to;
            if (buffer.position() >= Sections.BODY_BYTES) {
                section(Sections.OUTBOXES);
                Sections.begin(buffer);
            }
        } while (from < outbox.ranges());
    }

    private void failures() throws IOException {
        List<State.Failures> all;
        state.lock.lock();
        try {
            all = state.allFailures();
        } finally {
            state.lock.unlock();
        }
        Sections.begin(buffer);
        for (State.Failures failures : all) {
            buffer.putLong(failures.sequence()).putLong(failures.mailbox());
            buffer.putInt(failures.count()).putLong(failures.batch());
            if (buffer.position() >= Sections.BODY_BYTES - FAILURES_BYTES) {
                section(Sections.FAILURES);
                Sections.begin(buffer);
            }
        }
        section(Sections.FAILURES);
    }

    private void segments() throws IOException {
        Sections.begin(buffer);
        for (Segment segment : covered) {
            state.lock.lock();
            try {
                segment(segment);
            } finally {
                state.lock.unlock();
            }
            if (buffer.position() >= Sections.BODY_BYTES) {
                section(Sections.SEGMENTS);
                Sections.begin(buffer);
            }
        }
        section(Sections.SEGMENTS);
        Sections.begin(buffer);
        state.lock.lock();
        try {
            NextNumbers next = state.next();
            buffer.putLong(next.sequence()).putLong(next.mailbox()).putLong(next.batch());
            buffer.putLong(batch);
        } finally {
            state.lock.unlock();
        }
        section(Sections.END);
    }

    private void segment(Segment segment) {
        segment.hasNeededRemovals();
        buffer.putInt(segment.id).putInt(segment.aims.size());
        buffer.putLong(segment.firstSequence).putLong(segment.endSequence);
        buffer.putLong(segment.lastBatch).putLong(segment.removalBytes);
        buffer.putInt(segment.position);
        for (Map.Entry<Segment, Long> aim : segment.aims.entrySet()) {
            buffer.putInt(aim.getKey().id).putLong(aim.getValue());
        }
    }

    private void section(int kind) throws IOException {
        ByteBuffer bytes = Sections.end(buffer, kind, crc);
        int length = bytes.remaining();
        state.giveWay();
        file.write(bytes, position);
        position += length;
        if (position - forced >= FORCE_BYTES / 2) {
            file.force();
            forced = position;
            pace.rest(sliceStart);
            preparation.prepareAhead();
            sliceStart = System.nanoTime();
        }
    }
}
