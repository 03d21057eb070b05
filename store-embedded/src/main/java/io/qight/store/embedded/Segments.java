package io.qight.store.embedded;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The segments: the log in the order in which it is replayed, those prepared for what comes next,
 * and those that left the log but may still be read. Guarded by the store's lock.
 */
final class Segments {
    /** The index has 16 bits for a segment's slot. */
    static final int MAX = 1 << 16;

    private final List<Segment> log = new ArrayList<>();
    private final Deque<Segment> prepared = new ArrayDeque<>();
    private final List<Segment> retired = new ArrayList<>();
    private @Nullable Segment[] bySlot = new Segment[16];
    private volatile int preparedCount;

    /** A slot for a new segment; -1 if there are too many segments. */
    int freeSlot() {
        for (int i = 0; i < bySlot.length; i++) {
            if (bySlot[i] == null) {
                return i;
            }
        }
        int slot = bySlot.length;
        if (slot == MAX) {
            return -1;
        }
        bySlot = Arrays.copyOf(bySlot, slot * 2);
        return slot;
    }

    /** Keeps the slot of a segment that is about to be prepared or a copy. */
    void reserve(Segment segment) {
        bySlot[segment.slot] = segment;
    }

    /** Gives back the slot of a segment that came to nothing. */
    void release(Segment segment) {
        bySlot[segment.slot] = null;
    }

    Segment atSlot(int slot) {
        Segment segment = bySlot[slot];
        if (segment == null) {
            throw new IllegalStateException("the index names a segment that is not there");
        }
        return segment;
    }

    /** The log in its order; not to be changed. */
    List<Segment> log() {
        return log;
    }

    /** May be called without the lock. */
    int preparedCount() {
        return preparedCount;
    }

    /** The prepared segments in the order in which they will be used; not to be changed. */
    Iterable<Segment> prepared() {
        return prepared;
    }

    void addPrepared(Segment segment) {
        bySlot[segment.slot] = segment;
        prepared.addLast(segment);
        preparedCount = prepared.size();
    }

    /** Adds a segment that recovery found, at the log's end. */
    void addToLog(Segment segment) {
        bySlot[segment.slot] = segment;
        log.add(segment);
    }

    /** Puts the first prepared segment at the log's end, if there is one. */
    @Nullable Segment activate(long nextSequence) {
        Segment segment = prepared.pollFirst();
        if (segment == null) {
            return null;
        }
        preparedCount = prepared.size();
        segment.firstSequence = nextSequence;
        log.add(segment);
        return segment;
    }

    /** Takes the last prepared segment away, for a copy. */
    @Nullable Segment takePrepared() {
        Segment segment = prepared.pollLast();
        preparedCount = prepared.size();
        return segment;
    }

    void removePrepared(List<Segment> unused) {
        prepared.removeAll(unused);
        preparedCount = prepared.size();
        for (Segment segment : unused) {
            bySlot[segment.slot] = null;
        }
    }

    /** Takes segments out of the log whose records nobody needs. */
    void retire(List<Segment> dead) {
        log.removeAll(dead);
        for (Segment segment : dead) {
            segment.gone = true;
            retired.add(segment);
        }
    }

    /** Puts a copy where the segments of a run were. */
    void replace(List<Segment> run, Segment copy) {
        int at = log.indexOf(run.get(0));
        log.removeAll(run);
        log.add(at, copy);
        bySlot[copy.slot] = copy;
        for (Segment segment : log) {
            moveAims(segment, run, copy);
        }
        for (Segment segment : run) {
            segment.gone = true;
            segment.copy = copy;
        }
    }

    /** Lets go of the segments of a run after nothing in the index names them. */
    void retireReplaced(List<Segment> run) {
        retired.addAll(run);
    }

    /** The segments that nobody reads any more; each is handed out once. */
    List<Segment> takeUnpinned() {
        List<Segment> free = new ArrayList<>();
        for (Segment segment : retired) {
            if (!segment.isPinned()) {
                free.add(segment);
                bySlot[segment.slot] = null;
            }
        }
        retired.removeAll(free);
        return free;
    }

    /** The segment where a sequence is at home, if it is still in the log. */
    @Nullable Segment home(long sequence) {
        int low = 0;
        int high = log.size() - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (log.get(middle).firstSequence <= sequence) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return high >= 0 && sequence < log.get(high).endSequence ? log.get(high) : null;
    }

    /** The bytes of all files. */
    long bytes() {
        long sum = 0;
        for (Segment segment : bySlot) {
            sum += segment == null ? 0 : segment.capacity;
        }
        return sum;
    }

    /** All segments that have a file open. */
    List<Segment> all() {
        List<Segment> all = new ArrayList<>(log);
        all.addAll(prepared);
        all.addAll(retired);
        return all;
    }

    /** Removals during the copy may be missing in it, so they aim at it now. */
    private static void moveAims(Segment segment, List<Segment> run, Segment copy) {
        for (Segment old : run) {
            Long batch = segment.aims.remove(old);
            if (batch != null && batch >= copy.copiedAt) {
                segment.aims.merge(copy, batch, Math::max);
            }
        }
    }
}
