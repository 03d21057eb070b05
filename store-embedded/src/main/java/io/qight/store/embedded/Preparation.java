package io.qight.store.embedded;

import io.qight.store.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Prepares segments: the only way in which the store claims space. The housekeeper does it ahead of
 * the writer; a writer that comes too early does it itself. One thread at a time.
 *
 * <p>A segment is filled with zeros and synced before the manifest names it, or was one before and
 * is used again: its new id makes the old bytes mean nothing. {@link #RESERVE} segments always stay
 * behind the active one. No append enters them, so that removals and compaction find room on a full
 * disk, and make some.
 */
final class Preparation {
    /** One for removals and one for a copy. */
    static final int RESERVE = 2;

    private static final Logger LOG = LoggerFactory.getLogger(Preparation.class);
    private static final int AHEAD = RESERVE + 1;
    private static final int SEGMENT_BYTES_MIN = 4 << 20;
    private static final int SLICE_BYTES = 1 << 20;
    private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private final Disk disk;
    private final State state;
    private final ManifestFile manifest;
    private final Pace pace;
    private final int segmentBytesMax;
    private final Deque<Segment> reusable = new ArrayDeque<>();
    private final ByteBuffer zeros = Format.direct(SLICE_BYTES);
    private final AtomicInteger nextId;
    private volatile boolean full;
    private long retryNanos;

    Preparation(
            Disk disk, State state, ManifestFile manifest, Pace pace, EmbeddedStoreConfig config) {
        this.disk = disk;
        this.state = state;
        this.manifest = manifest;
        this.pace = pace;
        this.segmentBytesMax = config.segmentBytes();
        this.nextId = new AtomicInteger(manifest.current().nextSegment());
    }

    static String fileName(int id) {
        return "segment-" + id + ".log";
    }

    /** Whether there are so many prepared segments of a size, after preparing what is missing. */
    boolean require(int count, int segmentBytes) {
        if (segmentBytes == 0 && state.segments.preparedCount() >= count) {
            return true;
        }
        pace.hurry(true);
        try {
            return prepare(count, segmentBytes);
        } finally {
            pace.hurry(false);
        }
    }

    /** Prepares what the writer will need next. */
    void prepareAhead() {
        prepare(AHEAD, 0);
    }

    /** Whether the last try to claim space failed. */
    boolean isFull() {
        return full;
    }

    /** Takes back the files of segments that left the log and that nobody reads any more. */
    synchronized void takeBack() throws IOException {
        List<Segment> unused;
        state.lock.lock();
        try {
            unused = state.segments.takeUnpinned();
        } finally {
            state.lock.unlock();
        }
        int wanted = AHEAD - state.segments.preparedCount();
        int segmentBytes = nextSegmentBytes();
        boolean deleted = false;
        for (Segment segment : unused) {
            if (reusable.size() < wanted && segment.capacity >= segmentBytes) {
                reusable.add(segment);
            } else {
                segment.file.close();
                disk.delete(fileName(segment.id));
                deleted = true;
            }
        }
        if (deleted) {
            disk.sync();
        }
        if (!unused.isEmpty()) {
            retryNanos = System.nanoTime();
        }
    }

    /** An id for a new segment. */
    int newId() {
        return nextId.getAndIncrement();
    }

    /** Gives a prepared segment away for a copy, if there is one; the manifest still names it. */
    synchronized @Nullable Segment takeSpare() {
        state.lock.lock();
        try {
            return state.segments.takePrepared();
        } finally {
            state.lock.unlock();
        }
    }

    /** Changes the manifest, durably. */
    void save(UnaryOperator<Manifest> change) throws IOException {
        NextNumbers next;
        state.lock.lock();
        try {
            next = state.next();
        } finally {
            state.lock.unlock();
        }
        try {
            manifest.change(next, old -> change.apply(old).withNextSegment(nextId.get()));
        } catch (ManifestFile.Uncertain e) {
            state.fail("the manifest could not be replaced", e);
            throw e;
        }
    }

    private synchronized boolean prepare(int count, int segmentBytes) {
        while (!isReady(count, segmentBytes)) {
            if (state.hasFailed() || (full && System.nanoTime() - retryNanos < 0)) {
                return false;
            }
            try {
                prepareOne(Math.max(segmentBytes, nextSegmentBytes()));
                full = false;
            } catch (IOException e) {
                if (!full) {
                    LOG.warn("no room for another segment: {}", e.toString());
                }
                full = true;
                retryNanos = System.nanoTime() + RETRY_NANOS;
                return false;
            }
        }
        return true;
    }

    /** Whether enough segments are large enough; lets go of smaller ones then. */
    private boolean isReady(int count, int segmentBytes) {
        List<Segment> small = new ArrayList<>();
        state.lock.lock();
        try {
            for (Segment segment : state.segments.prepared()) {
                if (segment.capacity < segmentBytes) {
                    small.add(segment);
                }
            }
            if (state.segments.preparedCount() - small.size() < count) {
                return false;
            }
        } finally {
            state.lock.unlock();
        }
        if (!small.isEmpty()) {
            drop(small);
        }
        return true;
    }

    private void drop(List<Segment> small) {
        try {
            save(old -> old.without(small.stream().map(s -> s.id).collect(Collectors.toSet())));
            state.lock.lock();
            try {
                state.segments.removePrepared(small);
            } finally {
                state.lock.unlock();
            }
            for (Segment segment : small) {
                segment.file.close();
                disk.delete(fileName(segment.id));
            }
            disk.sync();
        } catch (IOException e) {
            throw new StoreException.Failed("prepared segments could not be replaced", e);
        }
    }

    private void prepareOne(int segmentBytes) throws IOException {
        Segment segment = reuse(segmentBytes);
        if (segment == null) {
            manifest.addBallast();
            segment = create(newId(), segmentBytes);
        }
        disk.sync();
        Manifest.Entry entry = new Manifest.Entry(segment.id, 0);
        try {
            save(old -> {
                List<Manifest.Entry> entries = new ArrayList<>(old.entries());
                entries.add(entry);
                return old.withEntries(entries);
            });
        } catch (ManifestFile.Uncertain e) {
            throw e;
        } catch (IOException e) {
            discard(segment);
            throw e;
        }
        state.lock.lock();
        try {
            state.segments.addPrepared(segment);
        } finally {
            state.lock.unlock();
        }
    }

    private @Nullable Segment reuse(int segmentBytes) throws IOException {
        Segment old = reusable.poll();
        if (old == null) {
            return null;
        }
        if (old.capacity < segmentBytes) {
            discard(old);
            return reuse(segmentBytes);
        }
        int id = newId();
        try {
            old.file.write(header(id), 0);
            old.file.force();
            old.file.close();
            disk.rename(fileName(old.id), fileName(id));
            return segment(id, disk.open(fileName(id)), old.capacity);
        } catch (IOException e) {
            LOG.warn("segment {} cannot be used again: {}", old.id, e.toString());
            return null;
        }
    }

    private Segment create(int id, int bytes) throws IOException {
        DiskFile file = disk.create(fileName(id));
        try {
            fill(file, bytes);
            file.write(header(id), 0);
            file.force();
            return segment(id, file, bytes);
        } catch (IOException | RuntimeException e) {
            file.close();
            disk.delete(fileName(id));
            throw e;
        }
    }

    private Segment segment(int id, DiskFile file, int capacity) throws IOException {
        state.lock.lock();
        try {
            int slot = state.segments.freeSlot();
            if (slot < 0) {
                throw new IOException("the store has as many segments as it can");
            }
            Segment segment = new Segment(id, slot, file, capacity, 0);
            state.segments.reserve(segment);
            return segment;
        } finally {
            state.lock.unlock();
        }
    }

    private void fill(DiskFile file, int bytes) throws IOException {
        int at = 0;
        while (at < bytes) {
            long start = System.nanoTime();
            int slice = Math.min(SLICE_BYTES, bytes - at);
            file.write(zeros.clear().limit(slice), at);
            file.force();
            at += slice;
            pace.rest(start);
        }
    }

    private void discard(Segment segment) throws IOException {
        state.lock.lock();
        try {
            state.segments.release(segment);
        } finally {
            state.lock.unlock();
        }
        segment.file.close();
        disk.delete(fileName(segment.id));
    }

    private ByteBuffer header(int id) {
        return manifest.current().header(FileHeader.Kind.SEGMENT, id).encode();
    }

    private int nextSegmentBytes() {
        state.lock.lock();
        try {
            long bytes = 0;
            for (Segment segment : state.segments.log()) {
                bytes += segment.capacity;
            }
            return (int) Math.min(segmentBytesMax, Math.max(SEGMENT_BYTES_MIN, bytes));
        } finally {
            state.lock.unlock();
        }
    }
}
