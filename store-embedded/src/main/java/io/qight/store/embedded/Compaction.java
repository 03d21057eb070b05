package io.qight.store.embedded;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One compaction: copies what is needed of a run of neighbouring segments to one new segment, which
 * takes their place in the order of replay, and lets go of the run.
 *
 * <p>Why this loses nothing and brings nothing back: every sequence is at home in one place of the
 * order, the segment it was appended to or the copy that took its place. A removal says only
 * mailbox and sequence, so it stays right wherever the envelope's record is. Removals that were
 * carried out before the copying began are known to it, and their envelopes are not in the copy;
 * those of later batches may be missed, so they aim at the copy from then on. {@link
 * Segment#copiedAt} is the batch that tells the two apart, now and after a restart. A crash before
 * the manifest names the copy leaves the run as it was; after that the run is no part of the store.
 *
 * <p>Used by the housekeeper. Copies and syncs at most {@link #SLICE_BYTES} at a time.
 */
final class Compaction {
    private static final int SLICE_BYTES = 512 << 10;
    private static final int MOVES_PER_LOCK = 512;

    private final Disk disk;
    private final State state;
    private final Preparation preparation;
    private final ManifestFile manifest;
    private final Pace pace;
    private final long epoch;
    private final List<Segment> run;
    private final Set<Segment> runSet;
    private final BatchBuffer buffer = new BatchBuffer();
    private final Blocks.Place place = new Blocks.Place();
    private final Map<Segment, Long> aims = new HashMap<>();
    private final Moves moves = new Moves();
    private long copiedAt;
    private long lastBatch;
    private long removalBytes;

    Compaction(
            Disk disk,
            State state,
            Preparation preparation,
            ManifestFile manifest,
            Pace pace,
            long epoch,
            List<Segment> run) {
        this.disk = disk;
        this.state = state;
        this.preparation = preparation;
        this.manifest = manifest;
        this.pace = pace;
        this.epoch = epoch;
        this.run = run;
        this.runSet = new HashSet<>(run);
    }

    /** Copies the run and lets go of it; false if some of it is damaged, and stays as it is. */
    boolean run() throws IOException {
        state.lock.lock();
        try {
            copiedAt = state.next().batch();
        } finally {
            state.lock.unlock();
        }
        try {
            CopyFile copy = CopyFile.write(disk, preparation, manifest, copiedAt, this::copyAll);
            install(copy);
            return true;
        } catch (DamagedRun e) {
            e.segment.damaged = true;
            return false;
        }
    }

    /** A segment of the run is not as it was written. */
    private static final class DamagedRun extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final transient Segment segment;

        DamagedRun(Segment segment) {
            super("a segment to be copied is damaged");
            this.segment = segment;
        }
    }

    private void copyAll(CopyFile copy) throws IOException {
        buffer.clear();
        aims.clear();
        moves.clear();
        lastBatch = 0;
        removalBytes = 0;
        Set<Long> defined = new HashSet<>();
        SegmentScanner scanner = new SegmentScanner(run.get(0).file, run.get(0).id);
        for (Segment segment : run) {
            scanner.open(segment.file, segment.id);
            copySegment(segment, scanner, copy, defined);
            if (!scanner.isSealed()) {
                throw new DamagedRun(segment);
            }
        }
        writeSlice(copy, 0);
        writeSlice(copy, Format.SEAL);
    }

    private void copySegment(
            Segment segment, SegmentScanner scanner, CopyFile copy, Set<Long> defined)
            throws IOException {
        Map<Long, String> names = new HashMap<>();
        long start = System.nanoTime();
        while (scanner.next()) {
            long number = scanner.header().number();
            RecordReader record = scanner.records();
            while (record.next()) {
                switch (record.kind()) {
                    case Format.MAILBOX -> names.put(record.mailbox(), record.mailboxName());
                    case Format.APPEND, Format.NUMBERED_APPEND ->
                            copyAppend(segment, scanner, record, copy, names, defined);
                    case Format.REMOVE -> copyRemoval(scanner, record, number);
                    default -> {
                        // failure counts and outboxes were written anew before
                    }
                }
            }
            lastBatch = Math.max(lastBatch, number);
            if (buffer.length() >= SLICE_BYTES) {
                writeSlice(copy, 0);
                pace.rest(start);
                preparation.prepareAhead();
                start = System.nanoTime();
            }
        }
    }

    private void copyAppend(
            Segment segment,
            SegmentScanner scanner,
            RecordReader record,
            CopyFile copy,
            Map<Long, String> names,
            Set<Long> defined) {
        String name = names.get(record.mailbox());
        Mailbox mailbox = name == null ? null : live(segment, scanner, record, name);
        if (name == null || mailbox == null) {
            return;
        }
        if (defined.add(record.mailbox())) {
            buffer.mailbox(record.mailbox(), name.getBytes(StandardCharsets.UTF_8));
        }
        int at = buffer.copy(scanner.buffer(), record.offset(), record.recordBytes());
        moves.add(mailbox, record.sequence(), copy.position() + at);
    }

    /** The mailbox, if the record is the one that the index names. */
    private @Nullable Mailbox live(
            Segment segment, SegmentScanner scanner, RecordReader record, String name) {
        state.lock.lock();
        try {
            Mailbox mailbox = state.index.mailbox(name);
            long at = mailbox == null ? -1 : state.index.find(mailbox, record.sequence());
            if (mailbox == null || at < 0) {
                return null;
            }
            state.index.place(mailbox, at, place);
            boolean here = place.slot == segment.slot && place.offset == scanner.offsetOf(record);
            return here ? mailbox : null;
        } finally {
            state.lock.unlock();
            state.giveWay();
        }
    }

    private void copyRemoval(SegmentScanner scanner, RecordReader record, long batch) {
        state.lock.lock();
        try {
            Segment home = state.segments.home(record.sequence());
            if (home == null || runSet.contains(home) || batch < home.copiedAt) {
                return;
            }
            aims.merge(home, batch, Math::max);
        } finally {
            state.lock.unlock();
        }
        state.giveWay();
        buffer.copy(scanner.buffer(), record.offset(), record.recordBytes());
        removalBytes += Format.REMOVE_BYTES;
    }

    /** Writes what was gathered as one batch, with the highest number of those it comes from. */
    private void writeSlice(CopyFile copy, int flags) throws IOException {
        if (buffer.isEmpty() && flags == 0) {
            return;
        }
        boolean seal = flags == Format.SEAL;
        BatchHeader header =
                new BatchHeader(
                        copy.id(),
                        epoch,
                        lastBatch,
                        seal ? run.get(run.size() - 1).endSequence : run.get(0).firstSequence,
                        0,
                        copy.position(),
                        flags | Format.COPIED);
        copy.write(buffer.finish(header));
        copy.force();
        buffer.clear();
    }

    private void install(CopyFile copy) throws IOException {
        disk.sync();
        Set<Integer> ids = run.stream().map(segment -> segment.id).collect(Collectors.toSet());
        try {
            preparation.save(old -> old.withCopy(new Manifest.Entry(copy.id(), copiedAt), ids));
        } catch (ManifestFile.Uncertain e) {
            throw e;
        } catch (IOException e) {
            copy.abandon();
            throw e;
        }
        Segment segment = replace(copy);
        for (int from = 0; from < moves.size; from += MOVES_PER_LOCK) {
            moveSlice(segment, from, Math.min(moves.size, from + MOVES_PER_LOCK));
            state.giveWay();
        }
        state.lock.lock();
        try {
            state.segments.retireReplaced(run);
        } finally {
            state.lock.unlock();
        }
    }

    private Segment replace(CopyFile copy) throws IOException {
        state.lock.lock();
        try {
            int slot = state.segments.freeSlot();
            if (slot < 0) {
                throw new IllegalStateException("no slot for a copy");
            }
            Segment segment = new Segment(copy.id(), slot, copy.file(), copy.position(), copiedAt);
            segment.position = copy.position();
            segment.firstSequence = run.get(0).firstSequence;
            segment.endSequence = run.get(run.size() - 1).endSequence;
            segment.sealed = true;
            segment.lastBatch = lastBatch;
            segment.removalBytes = removalBytes;
            state.segments.replace(run, segment);
            aims.forEach(segment::aim);
            return segment;
        } finally {
            state.lock.unlock();
        }
    }

    private void moveSlice(Segment copy, int from, int to) {
        state.lock.lock();
        try {
            for (int i = from; i < to; i++) {
                Mailbox mailbox = moves.mailboxes[i];
                long at = mailbox == null ? -1 : state.index.find(mailbox, moves.sequences[i]);
                if (mailbox != null && at >= 0) {
                    state.move(mailbox, at, copy, moves.offsets[i]);
                }
            }
            copy.baseBytes = copy.keptBytes();
        } finally {
            state.lock.unlock();
        }
    }

    /** Which record is copied where. */
    private static final class Moves {
        private @Nullable Mailbox[] mailboxes = new Mailbox[256];
        private long[] sequences = new long[256];
        private int[] offsets = new int[256];
        private int size;

        void clear() {
            size = 0;
        }

        void add(Mailbox mailbox, long sequence, int offset) {
            if (size == offsets.length) {
                mailboxes = Arrays.copyOf(mailboxes, size * 2);
                sequences = Arrays.copyOf(sequences, size * 2);
                offsets = Arrays.copyOf(offsets, size * 2);
            }
            mailboxes[size] = mailbox;
            sequences[size] = sequence;
            offsets[size++] = offset;
        }
    }
}
