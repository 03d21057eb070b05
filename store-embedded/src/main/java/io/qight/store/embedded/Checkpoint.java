package io.qight.store.embedded;

import io.qight.store.OutboxId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads a checkpoint. {@link CheckpointWriter} is its counterpart. */
final class Checkpoint {
    private final DiskFile file;
    private final State state;
    private final Map<Integer, Segment> segments;
    private final Map<Long, Mailbox> mailboxes;
    private final Map<OutboxId, Outbox> outboxes = new HashMap<>();
    private final Map<Segment, Map<Integer, Long>> aims = new HashMap<>();
    private final Blocks.Place place = new Blocks.Place();
    private @Nullable Segment lastSegment;
    private long batch;

    /**
     * Reads from a file into a state.
     *
     * @param segments those of the store, by their ids
     * @param mailboxes filled with what the checkpoint knows, by their numbers
     */
    Checkpoint(
            DiskFile file,
            State state,
            Map<Integer, Segment> segments,
            Map<Long, Mailbox> mailboxes) {
        this.file = file;
        this.state = state;
        this.segments = segments;
        this.mailboxes = mailboxes;
    }

    static String fileName(int number) {
        return "checkpoint-" + number;
    }

    /** All batches below this one are in the checkpoint. */
    long batch() {
        return batch;
    }

    /** Where the checkpoint is damaged; -1 if it is whole. */
    static long damagedAt(DiskFile file) throws IOException {
        Sections.Reader reader = new Sections.Reader(file);
        do {
            long at = reader.position();
            if (reader.next() == null) {
                return at;
            }
        } while (reader.kind() != Sections.END);
        return -1;
    }

    /** Loads a checkpoint that is whole. */
    void load() throws IOException {
        Sections.Reader reader = new Sections.Reader(file);
        do {
            ByteBuffer body = reader.next();
            if (body == null) {
                throw new IOException("the checkpoint changed while it was read");
            }
            while (body.hasRemaining()) {
                switch (reader.kind()) {
                    case Sections.MAILBOXES -> mailbox(body);
                    case Sections.OUTBOXES -> outbox(body);
                    case Sections.FAILURES -> failures(body);
                    case Sections.SEGMENTS -> segment(body);
                    default -> end(body);
                }
            }
        } while (reader.kind() != Sections.END);
        outboxes.values().forEach(state.outboxes::put);
        resolveAims();
    }

    private void mailbox(ByteBuffer body) {
        long number = body.getLong();
        byte[] nameBytes = new byte[body.getShort() & 0xFFFF];
        int count = body.getInt();
        body.get(nameBytes);
        String name = new String(nameBytes, StandardCharsets.UTF_8);
        Mailbox mailbox = null;
        for (int i = 0; i < count; i++) {
            long sequence = body.getLong();
            Segment segment = segment(body.getInt());
            place.offset = body.getInt();
            place.envelopeBytes = body.getInt();
            place.deadlineMillis = body.getLong();
            if (segment != null) {
                mailbox = mailbox == null ? known(number, name) : mailbox;
                state.put(
                        mailbox,
                        sequence,
                        segment,
                        place.offset,
                        place.envelopeBytes,
                        place.deadlineMillis);
            }
        }
    }

    private Mailbox known(long number, String name) {
        Mailbox mailbox = state.index.mailbox(name);
        if (mailbox == null) {
            mailbox = state.index.create(name, number);
        }
        mailbox.number = Math.max(mailbox.number, number);
        mailboxes.put(number, mailbox);
        return mailbox;
    }

    private @Nullable Segment segment(int id) {
        Segment last = lastSegment;
        if (last == null || last.id != id) {
            last = segments.get(id);
            lastSegment = last;
        }
        return last;
    }

    private void outbox(ByteBuffer body) {
        OutboxId id = new OutboxId(body.getLong(), body.getLong());
        long usedMillis = body.getLong();
        long rememberMillis = body.getLong();
        long base = body.getLong();
        Outbox outbox =
                outboxes.computeIfAbsent(
                        id, key -> new Outbox(key, usedMillis, rememberMillis, base));
        for (int count = body.getInt(); count > 0; count--) {
            outbox.take(body.getLong(), body.getLong());
        }
    }

    private void failures(ByteBuffer body) {
        long sequence = body.getLong();
        long number = body.getLong();
        int count = body.getInt();
        long failedBatch = body.getLong();
        state.failures(new State.Failures(sequence, number, count, failedBatch));
    }

    private void segment(ByteBuffer body) {
        Segment segment = segments.get(body.getInt());
        int aimed = body.getInt();
        long first = body.getLong();
        long end = body.getLong();
        long lastBatch = body.getLong();
        long removalBytes = body.getLong();
        int position = body.getInt();
        Map<Integer, Long> targets = new HashMap<>();
        for (int i = 0; i < aimed; i++) {
            int id = body.getInt();
            targets.put(id, body.getLong());
        }
        if (segment == null) {
            return;
        }
        segment.covered = true;
        segment.sealed = true;
        segment.firstSequence = first;
        segment.endSequence = end;
        segment.lastBatch = lastBatch;
        segment.removalBytes = removalBytes;
        segment.position = position;
        aims.put(segment, targets);
    }

    private void end(ByteBuffer body) {
        NextNumbers next = new NextNumbers(body.getLong(), body.getLong(), body.getLong());
        state.next(state.next().max(next));
        batch = body.getLong();
    }

    private void resolveAims() {
        for (Map.Entry<Segment, Map<Integer, Long>> entry : aims.entrySet()) {
            entry.getValue()
                    .forEach((id, aimedBatch) -> {
                        Segment target = segments.get(id);
                        if (target != null) {
                            entry.getKey().aim(target, aimedBatch);
                        }
                    });
        }
    }
}
