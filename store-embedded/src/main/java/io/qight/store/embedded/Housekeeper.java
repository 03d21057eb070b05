package io.qight.store.embedded;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The work beside the writer, one thing at a time: prepares segments, lets go of dead ones, copies
 * mostly dead ones together, writes checkpoints. It is woken after commits that may have made work.
 *
 * <p>Where it fails for lack of room it tries again at the next call; nothing depends on it but
 * space and the time that the next open takes.
 */
final class Housekeeper {
    private static final Logger LOG = LoggerFactory.getLogger(Housekeeper.class);

    /** So many small neighbours become one. */
    private static final int SMALL_MAX = 16;

    /** The youngest sealed segments may soon be dead as a whole, so they are not copied. */
    private static final int YOUNG = 2;

    private static final int CHECKPOINT_SEGMENTS = 4;
    private static final int CHECKPOINT_RATIO = 4;

    private final Disk disk;
    private final State state;
    private final Writer writer;
    private final Preparation preparation;
    private final ManifestFile manifest;
    private final Pace pace;
    private final Executor executor;
    private final int segmentBytes;
    private final long epoch;
    private final AtomicInteger calls = new AtomicInteger();
    private volatile long checkpointBytes;

    Housekeeper(Disk disk, Opening opening, Writer writer, Executor executor, int segmentBytes) {
        this.disk = disk;
        this.state = opening.state();
        this.writer = writer;
        this.preparation = opening.preparation();
        this.manifest = opening.manifest();
        this.pace = opening.pace();
        this.executor = executor;
        this.segmentBytes = segmentBytes;
        this.epoch = opening.epoch();
        this.checkpointBytes = opening.recovery().checkpointBytes();
    }

    /** Asks for a look at what there is to do; it is done once for many calls. */
    void wake() {
        if (calls.getAndIncrement() == 0) {
            try {
                executor.execute(this::work);
            } catch (RejectedExecutionException e) {
                LOG.debug("the store is closing", e);
            }
        }
    }

    /** The size of the last checkpoint. */
    long checkpointBytes() {
        return checkpointBytes;
    }

    private void work() {
        int seen;
        do {
            seen = calls.get();
            try {
                keepHouse();
            } catch (IOException e) {
                if (!preparation.isFull()) {
                    LOG.warn("the store's housekeeping stopped: {}", e.toString());
                }
            } catch (RuntimeException | Error e) {
                LOG.error("the store's housekeeping failed", e);
                state.fail("the store's housekeeping failed", e);
            }
        } while (!calls.compareAndSet(seen, 0));
    }

    private void keepHouse() throws IOException {
        if (state.hasFailed()) {
            return;
        }
        preparation.prepareAhead();
        letGo();
        preparation.takeBack();
        preparation.prepareAhead();
        List<Segment> run = nextRun();
        while (!run.isEmpty() && !state.hasFailed()) {
            writer.carry(lastBatch(run));
            new Compaction(disk, state, preparation, manifest, pace, epoch, run).run();
            preparation.takeBack();
            preparation.prepareAhead();
            run = nextRun();
        }
        if (!preparation.isFull() && !state.hasFailed() && checkpointIsDue()) {
            checkpoint();
            preparation.prepareAhead();
        }
    }

    /** Takes segments out of the log that hold nothing that is needed. */
    private void letGo() throws IOException {
        List<Segment> dead = dead();
        while (!dead.isEmpty()) {
            writer.carry(lastBatch(dead));
            Set<Integer> ids = dead.stream().map(segment -> segment.id).collect(Collectors.toSet());
            preparation.save(old -> old.without(ids));
            state.lock.lock();
            try {
                state.segments.retire(dead);
            } finally {
                state.lock.unlock();
            }
            dead = dead();
        }
    }

    private List<Segment> dead() {
        state.lock.lock();
        try {
            List<Segment> dead = new ArrayList<>();
            for (Segment segment : state.segments.log()) {
                boolean settled = state.isSettled(segment);
                if (settled && segment.live == 0 && !segment.hasNeededRemovals()) {
                    dead.add(segment);
                }
            }
            return dead;
        } finally {
            state.lock.unlock();
        }
    }

    private static long lastBatch(List<Segment> segments) {
        return segments.stream().mapToLong(segment -> segment.lastBatch).max().orElse(0);
    }

    /**
     * The oldest neighbours whose copying frees half a segment, or makes one file of many. On a
     * full disk a quarter of one segment is worth it.
     */
    private List<Segment> nextRun() {
        boolean full = preparation.isFull();
        state.lock.lock();
        try {
            List<Segment> log = state.segments.log();
            int end = full ? log.size() : log.size() - 1 - YOUNG;
            List<Segment> run = new ArrayList<>();
            long kept = 0;
            long freed = 0;
            for (int i = 0; i < end; i++) {
                Segment segment = log.get(i);
                long keeps = segment.keptBytes();
                boolean candidate =
                        state.isSettled(segment)
                                && !segment.damaged
                                && keeps <= (full ? segment.baseBytes / 4 * 3 : segmentBytes / 4L);
                if (!candidate || kept + keeps > segmentBytes / 4L * 3) {
                    run.clear();
                    kept = 0;
                    freed = 0;
                }
                if (candidate) {
                    run.add(segment);
                    kept += keeps;
                    freed += Math.max(0, segment.baseBytes - keeps);
                }
                if (freed >= (full ? segmentBytes / 4 : segmentBytes / 2)
                        || run.size() >= SMALL_MAX) {
                    return run;
                }
            }
            return List.of();
        } finally {
            state.lock.unlock();
        }
    }

    private boolean checkpointIsDue() {
        state.lock.lock();
        try {
            long bytes = 0;
            for (Segment segment : state.segments.log()) {
                bytes += state.isSettled(segment) && !segment.covered ? segment.position : 0;
            }
            return bytes
                    >= Math.max(
                            (long) CHECKPOINT_SEGMENTS * segmentBytes,
                            CHECKPOINT_RATIO * checkpointBytes);
        } finally {
            state.lock.unlock();
        }
    }

    private void checkpoint() throws IOException {
        manifest.addBallast();
        int number = manifest.current().checkpoint() + 1;
        String name = Checkpoint.fileName(number);
        CheckpointWriter checkpoint;
        try (DiskFile file = disk.create(name)) {
            checkpoint = new CheckpointWriter(state, preparation, pace, file);
            ByteBuffer header =
                    manifest.current().header(FileHeader.Kind.CHECKPOINT, number).encode();
            checkpoint.write(header);
        } catch (IOException e) {
            disk.delete(name);
            throw e;
        }
        disk.sync();
        try {
            preparation.save(old -> old.withCheckpoint(number));
        } catch (ManifestFile.Uncertain e) {
            throw e;
        } catch (IOException e) {
            disk.delete(name);
            throw e;
        }
        state.lock.lock();
        try {
            checkpoint.covered().forEach(segment -> segment.covered = true);
            state.forgetsAreKept(checkpoint.batch());
        } finally {
            state.lock.unlock();
        }
        checkpointBytes = checkpoint.bytes();
        if (number > 1 && disk.list().contains(Checkpoint.fileName(number - 1))) {
            disk.delete(Checkpoint.fileName(number - 1));
            disk.sync();
        }
    }
}
