package io.qight.store.embedded;

import io.qight.store.OutboxId;
import io.qight.store.StoreException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the state back from the files: the checkpoint, and over it the segments that it does not
 * cover, in the manifest's order.
 *
 * <p>Only the segment that was written last may end without a seal. What follows its last intact
 * batch is a torn end, unless a later batch there says that the gap was synced once; that, and any
 * gap elsewhere, is damage.
 */
final class Recovery {
    private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

    private final Disk disk;
    private final Manifest manifest;
    private final State state;
    private final Map<Integer, Segment> segments = new HashMap<>();
    private final List<Segment> used = new ArrayList<>();
    private final Map<Long, Mailbox> mailboxes = new HashMap<>();
    private final Damages damages;
    private long checkpointBatch;
    private long checkpointBytes;

    /** What is done about damage. */
    interface Damages {
        /** Damage, thrown at once. */
        Damages THROW =
                (file, offset, what) -> {
                    throw new StoreException.Damaged(
                            "%s is damaged at offset %d: %s".formatted(file, offset, what));
                };

        /** Throws, or notes the damage to go on behind it. */
        void found(String file, long offset, String what);
    }

    Recovery(Disk disk, Manifest manifest, State state, Damages damages) {
        this.disk = disk;
        this.manifest = manifest;
        this.state = state;
        this.damages = damages;
        state.next(manifest.next());
    }

    long checkpointBytes() {
        return checkpointBytes;
    }

    /** All segments whose files are open. */
    Collection<Segment> segments() {
        return segments.values();
    }

    /**
     * Opens the files of all segments and finds out which of them were ever written.
     *
     * @param writable whether the store will be written to
     */
    void openSegments(boolean writable) throws IOException {
        List<Segment> all = new ArrayList<>();
        for (Manifest.Entry entry : manifest.entries()) {
            Segment segment = openSegment(entry, writable);
            if (segment != null) {
                all.add(segment);
            }
        }
        int usedCount = all.size();
        while (usedCount > 0 && isUnused(all.get(usedCount - 1))) {
            usedCount--;
        }
        used.addAll(all.subList(0, usedCount));
        all.subList(usedCount, all.size()).forEach(state.segments::addPrepared);
    }

    /** The segment that was written last, if its end is not known to be synced. */
    @Nullable Segment uncertainTail() throws IOException {
        if (used.isEmpty()) {
            return null;
        }
        Segment last = used.get(used.size() - 1);
        if (last.id == manifest.complete()) {
            return null;
        }
        SegmentScanner scanner = new SegmentScanner(last.file, last.id);
        last.endSequence = endOf(scanner);
        if (scanner.isDamagedAtEnd()) {
            damages.found(name(last), scanner.end(), "a synced batch is missing");
        }
        return last;
    }

    /** Puts a copy in the place of the segment that was written last. */
    void replaceTail(Segment last, CopyFile copy) {
        Segment segment =
                new Segment(copy.id(), last.slot, copy.file(), copy.position(), last.copiedAt);
        state.segments.reserve(segment);
        segments.remove(last.id);
        segments.put(segment.id, segment);
        used.set(used.size() - 1, segment);
    }

    /** Loads the checkpoint, and replays what it does not cover. */
    void replay() throws IOException {
        loadCheckpoint();
        SegmentScanner scanner = null;
        for (Segment segment : used) {
            state.segments.addToLog(segment);
            if (!segment.covered) {
                if (scanner == null) {
                    scanner = new SegmentScanner(segment.file, segment.id);
                } else {
                    scanner.open(segment.file, segment.id);
                }
                replay(segment, scanner);
            }
        }
        finish();
    }

    private @Nullable Segment openSegment(Manifest.Entry entry, boolean writable)
            throws IOException {
        String name = Preparation.fileName(entry.id());
        String path = disk.describe(name);
        if (!disk.list().contains(name)) {
            damages.found(path, 0, "the file is missing");
            return null;
        }
        DiskFile file = writable ? disk.open(name) : disk.openReadOnly(name);
        try {
            FileHeader header = FileHeader.read(file, FileHeader.Kind.SEGMENT, path);
            if (!header.sameStore(manifest.storeHigh(), manifest.storeLow())
                    || header.number() != entry.id()) {
                throw new StoreException.CannotOpen(path + " belongs to another store");
            }
        } catch (StoreException.Damaged e) {
            damages.found(path, 0, "wrong checksum");
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
        int capacity = (int) Math.min(Integer.MAX_VALUE, file.size());
        Segment segment =
                new Segment(
                        entry.id(), state.segments.freeSlot(), file, capacity, entry.copiedAt());
        state.segments.reserve(segment);
        segments.put(segment.id, segment);
        return segment;
    }

    private boolean isUnused(Segment segment) throws IOException {
        SegmentScanner scanner = new SegmentScanner(segment.file, segment.id);
        if (scanner.next()) {
            return false;
        }
        if (scanner.isDamagedAtEnd()) {
            damages.found(name(segment), scanner.end(), "a synced batch is missing");
        }
        return true;
    }

    /** Goes to the end of a segment; returns the next free sequence there. */
    private static long endOf(SegmentScanner scanner) throws IOException {
        long next = 0;
        while (scanner.next()) {
            next = Math.max(next, scanner.header().sequence());
            RecordReader record = scanner.records();
            while (record.next()) {
                if (isAppend(record)) {
                    next = Math.max(next, record.sequence() + 1);
                }
            }
        }
        return next;
    }

    private static boolean isAppend(RecordReader record) {
        return record.kind() == Format.APPEND || record.kind() == Format.NUMBERED_APPEND;
    }

    private void loadCheckpoint() throws IOException {
        if (manifest.checkpoint() == 0) {
            return;
        }
        String name = Checkpoint.fileName(manifest.checkpoint());
        if (!disk.list().contains(name)) {
            ignoreCheckpoint(name, "it is missing");
            return;
        }
        try (DiskFile file = disk.openReadOnly(name)) {
            FileHeader header =
                    FileHeader.read(file, FileHeader.Kind.CHECKPOINT, disk.describe(name));
            long damagedAt = Checkpoint.damagedAt(file);
            if (damagedAt >= 0 || !header.sameStore(manifest.storeHigh(), manifest.storeLow())) {
                ignoreCheckpoint(name, "damaged at offset " + damagedAt);
                return;
            }
            Checkpoint checkpoint = new Checkpoint(file, state, segments, mailboxes);
            checkpoint.load();
            checkpointBatch = checkpoint.batch();
            checkpointBytes = file.size();
        } catch (StoreException.Damaged | StoreException.CannotOpen e) {
            ignoreCheckpoint(name, String.valueOf(e.getMessage()));
        }
    }

    /** The log says all that the checkpoint does; it only takes longer. */
    private void ignoreCheckpoint(String name, String why) {
        LOG.warn("{} is not used, and the whole log is read: {}", disk.describe(name), why);
    }

    private void replay(Segment segment, SegmentScanner scanner) throws IOException {
        boolean more = replayNext(segment, scanner);
        while (more) {
            replayBatch(segment, scanner);
            more = replayNext(segment, scanner);
        }
        segment.position = scanner.end();
        segment.sealed = scanner.isSealed();
        boolean last = segment.equals(used.get(used.size() - 1));
        if (!segment.sealed && !last) {
            damages.found(name(segment), scanner.end(), "its end is missing");
        }
    }

    /** Goes on, over damage if that was only noted. */
    private boolean replayNext(Segment segment, SegmentScanner scanner) throws IOException {
        if (scanner.next()) {
            return true;
        }
        if (scanner.isSealed() || !scanner.isDamagedAtEnd()) {
            return false;
        }
        damages.found(name(segment), scanner.end(), "a synced batch is missing");
        return scanner.nextAfterDamage();
    }

    private void replayBatch(Segment segment, SegmentScanner scanner) throws IOException {
        BatchHeader header = scanner.header();
        if (segment.lastBatch == 0) {
            segment.firstSequence = header.sequence();
        }
        segment.lastBatch = Math.max(segment.lastBatch, header.number());
        long sequence = header.sequence();
        RecordReader record = scanner.records();
        while (record.next()) {
            if (isAppend(record)) {
                sequence = Math.max(sequence, record.sequence() + 1);
            }
            replayRecord(segment, scanner, record);
        }
        if (header.isSeal()) {
            segment.endSequence = header.sequence();
        }
        state.next(
                state.next().max(new NextNumbers(sequence, header.mailbox(), header.number() + 1)));
    }

    private void replayRecord(Segment segment, SegmentScanner scanner, RecordReader record) {
        long batch = scanner.header().number();
        switch (record.kind()) {
            case Format.APPEND, Format.NUMBERED_APPEND -> {
                append(segment, scanner.offsetOf(record), record);
                if (record.kind() == Format.NUMBERED_APPEND && !scanner.header().isCopied()) {
                    take(record);
                }
            }
            case Format.MAILBOX -> define(record.mailboxName(), record.mailbox());
            case Format.REMOVE -> remove(segment, record, batch);
            case Format.FAILURES ->
                    state.failures(
                            new State.Failures(
                                    record.sequence(), record.mailbox(), record.failures(), batch));
            case Format.OUTBOX -> outbox(record, batch);
            default -> state.forget(record.outboxId(), batch);
        }
    }

    private void append(Segment segment, int offset, RecordReader record) {
        Mailbox mailbox = mailboxes.get(record.mailbox());
        if (mailbox == null) {
            damages.found(name(segment), offset, "its mailbox has no name");
            return;
        }
        if (state.index.find(mailbox, record.sequence()) < 0) {
            state.put(
                    mailbox,
                    record.sequence(),
                    segment,
                    offset,
                    record.envelopeBytes(),
                    record.deadlineMillis());
        }
    }

    private void take(RecordReader record) {
        Outbox outbox = state.outboxes.get(record.outboxId());
        if (outbox != null) {
            outbox.take(record.outboxNumber(), record.outboxNumber());
            outbox.use(
                    Math.max(outbox.usedMillis(), record.acceptedMillis()),
                    outbox.rememberMillis());
        }
    }

    /**
     * A mailbox that was emptied and filled again has had several numbers; while the log is
     * replayed envelopes of some may still be there together, at the end only those of the last.
     */
    private void define(String name, long number) {
        Mailbox mailbox = state.index.mailbox(name);
        if (mailbox == null) {
            mailbox = state.index.create(name, number);
        }
        mailbox.number = Math.max(mailbox.number, number);
        mailboxes.put(number, mailbox);
    }

    private void remove(Segment segment, RecordReader record, long batch) {
        segment.removalBytes += Format.REMOVE_BYTES;
        Segment home = state.segments.home(record.sequence());
        if (home != null) {
            segment.aim(home, batch);
        }
        Mailbox mailbox = mailboxes.get(record.mailbox());
        long position = mailbox == null ? -1 : state.index.find(mailbox, record.sequence());
        if (mailbox != null && position >= 0) {
            state.takeOut(mailbox, record.sequence(), position, segment, batch);
        }
    }

    private void outbox(RecordReader record, long batch) {
        OutboxId id = record.outboxId();
        Outbox outbox = state.outboxes.get(id);
        if (record.replaces()) {
            outbox = new Outbox(id, record.usedMillis(), record.rememberMillis(), batch);
        }
        if (outbox == null) {
            return;
        }
        outbox.use(record.usedMillis(), record.rememberMillis());
        for (int i = 0; i < record.ranges(); i++) {
            outbox.take(record.rangeFirst(i), record.rangeLast(i));
        }
        state.outboxes.put(outbox);
    }

    private void finish() {
        for (State.Failures failures : state.allFailures()) {
            Mailbox mailbox = mailboxes.get(failures.mailbox());
            if (mailbox == null || state.index.find(mailbox, failures.sequence()) < 0) {
                state.dropFailures(failures.sequence());
            }
        }
        for (int slot = 0; slot < state.index.slots(); slot++) {
            Mailbox mailbox = state.index.atSlot(slot);
            if (mailbox != null) {
                state.index.dropIfEmpty(mailbox);
            }
        }
        state.forgetsAreKept(checkpointBatch);
        state.countFound();
    }

    private String name(Segment segment) {
        return disk.describe(Preparation.fileName(segment.id));
    }
}
