package io.qight.store.embedded;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One segment of the log, and what is known of its contents. Guarded by the store's lock where
 * nothing else is said.
 */
final class Segment {
    final int id;
    final DiskFile file;

    /** The bytes of the file, and so where the segment ends at the latest. */
    final int capacity;

    /** The next batch when the copying into this segment began; 0 for one that is no copy. */
    final long copiedAt;

    /** Its number in the index. */
    final int slot;

    /** Where its next batch goes; written by the writer alone. */
    volatile int position = Format.FILE_HEADER_BYTES;

    /** Sequences that are at home here: from the first, and below the end once it is sealed. */
    long firstSequence;

    long endSequence = Long.MAX_VALUE;
    boolean sealed;

    /** The highest number of a batch here. */
    long lastBatch;

    int live;
    long liveBytes;
    long removalBytes;

    /** What copying this segment is measured against: its size, or what a copy kept when made. */
    long baseBytes;

    /** Whether compaction found damage here, and leaves it alone. */
    boolean damaged;

    /** The segments that removals here aim at, each with the last batch here that did. */
    final Map<Segment, Long> aims = new HashMap<>();

    /** Whether the checkpoint has all that is needed of it. */
    boolean covered;

    /** Whether it left the log. */
    boolean gone;

    /** The segment that has what is left of this one, if it left the log by compaction. */
    @Nullable Segment copy;

    private final AtomicInteger pins = new AtomicInteger();

    Segment(int id, int slot, DiskFile file, int capacity, long copiedAt) {
        this.id = id;
        this.slot = slot;
        this.file = file;
        this.capacity = capacity;
        this.baseBytes = capacity;
        this.copiedAt = copiedAt;
    }

    /** Keeps the file from being removed or used again, until {@link #unpin}; under the lock. */
    void pin() {
        pins.incrementAndGet();
    }

    /** May be called without the lock. */
    void unpin() {
        pins.decrementAndGet();
    }

    boolean isPinned() {
        return pins.get() > 0;
    }

    /**
     * Notes that a removal here, in that batch, aims at an envelope that is or was in a segment.
     */
    void aim(Segment target, long batch) {
        Segment home = target;
        while (home.copy != null) {
            home = home.copy;
        }
        if (!home.gone && !home.equals(this) && batch >= home.copiedAt) {
            aims.merge(home, batch, Math::max);
        }
    }

    /** Whether a removal here still keeps an envelope from coming back. */
    boolean hasNeededRemovals() {
        aims.keySet().removeIf(target -> target.gone);
        return !aims.isEmpty();
    }

    /** The bytes that compaction would have to keep, at most. */
    long keptBytes() {
        return liveBytes + (hasNeededRemovals() ? removalBytes : 0);
    }
}
