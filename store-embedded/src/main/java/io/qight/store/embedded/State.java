package io.qight.store.embedded;

import io.qight.store.OutboxId;
import io.qight.store.Removal;
import io.qight.store.StoreException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * All that the store knows in memory, and the one lock over it. The lock is held for look-ups and
 * changes, never for I/O.
 */
final class State {
    private static final int WAYS_GIVEN_MAX = 50;
    private static final long WAY_NANOS = TimeUnit.MICROSECONDS.toNanos(20);

    final ReentrantLock lock = new ReentrantLock();
    final Index index = new Index();
    final Outboxes outboxes = new Outboxes();
    final Segments segments = new Segments();

    private final Map<Long, Failures> failures = new LinkedHashMap<>();
    private final Map<OutboxId, Long> forgets = new LinkedHashMap<>();
    private final Map<Removal, Long> removed = new EnumMap<>(Removal.class);
    private final Blocks.Place place = new Blocks.Place();
    private NextNumbers next = new NextNumbers(1, 1, 1);
    private long found;
    private long appended;
    private boolean work;
    private volatile StoreException.@Nullable Failed failed;

    /**
     * How often an envelope failed.
     *
     * @param sequence which one
     * @param mailbox its mailbox's number
     * @param count how often
     * @param batch the batch that says so
     */
    record Failures(long sequence, long mailbox, int count, long batch) {}

    /** Says that there is work for the housekeeper. */
    void addWork() {
        work = true;
    }

    /** Whether there was work for the housekeeper since the last call. */
    boolean takeWork() {
        boolean taken = work;
        work = false;
        return taken;
    }

    /**
     * Lets those who wait for the lock have it. The housekeeper calls this between its slices: it
     * would take the lock again before they have even woken up, time after time.
     */
    void giveWay() {
        for (int i = 0; i < WAYS_GIVEN_MAX && lock.hasQueuedThreads(); i++) {
            LockSupport.parkNanos(WAY_NANOS);
        }
    }

    /** Ends writing for good. */
    void fail(String sentence, Throwable cause) {
        if (failed == null) {
            failed = new StoreException.Failed(sentence, cause);
        }
    }

    boolean hasFailed() {
        return failed != null;
    }

    void throwIfFailed() {
        StoreException.Failed first = failed;
        if (first != null) {
            throw new StoreException.Failed(String.valueOf(first.getMessage()), first);
        }
    }

    State() {
        for (Removal removal : Removal.values()) {
            removed.put(removal, 0L);
        }
    }

    NextNumbers next() {
        return next;
    }

    void next(NextNumbers numbers) {
        next = numbers;
    }

    long found() {
        return found;
    }

    long appended() {
        return appended;
    }

    Map<Removal, Long> removed() {
        return removed;
    }

    /**
     * Whether nothing more comes into a segment, and all that its batches say is known here. A
     * commit that filled it may still be under way: what that appended to it and removed is known
     * when the commit is at its end, and until then the segment looks emptier than it is.
     */
    boolean isSettled(Segment segment) {
        return segment.sealed && segment.lastBatch < next.batch();
    }

    /** Ends recovery: what waits now was found. */
    void countFound() {
        found = index.waiting();
    }

    void append(Mailbox mailbox, long sequence, Segment segment, int offset, int bytes, long end) {
        put(mailbox, sequence, segment, offset, bytes, end);
        appended++;
    }

    /** Puts in an envelope that is not there, without counting it as appended. */
    void put(Mailbox mailbox, long sequence, Segment segment, int offset, int bytes, long end) {
        index.put(mailbox, sequence, place.set(segment.slot, offset, bytes, end));
        segment.live++;
        segment.liveBytes += RecordReader.readBytes(bytes);
    }

    /** Takes out the envelope at a position, and says that a removal in a segment did it. */
    void remove(
            Mailbox mailbox,
            long sequence,
            long position,
            Removal removal,
            Segment where,
            long batch) {
        takeOut(mailbox, sequence, position, where, batch);
        removed.merge(removal, 1L, Long::sum);
    }

    /** The same without counting it. */
    void takeOut(Mailbox mailbox, long sequence, long position, Segment where, long batch) {
        index.place(mailbox, position, place);
        Segment home = segments.atSlot(place.slot);
        home.live--;
        home.liveBytes -= RecordReader.readBytes(place.envelopeBytes);
        if (home.live == 0 && home.sealed) {
            work = true;
        }
        where.aim(home, batch);
        index.remove(mailbox, position);
        if (!failures.isEmpty()) {
            failures.remove(sequence);
        }
    }

    /** Says that a live record is in a copy now. */
    void move(Mailbox mailbox, long position, Segment copy, int offset) {
        index.place(mailbox, position, place);
        Segment old = segments.atSlot(place.slot);
        int bytes = RecordReader.readBytes(place.envelopeBytes);
        old.live--;
        old.liveBytes -= bytes;
        copy.live++;
        copy.liveBytes += bytes;
        index.move(mailbox, position, copy.slot, offset);
    }

    void failures(Failures newFailures) {
        failures.remove(newFailures.sequence);
        failures.put(newFailures.sequence, newFailures);
    }

    void dropFailures(long sequence) {
        failures.remove(sequence);
    }

    int failures(long sequence) {
        Failures known = failures.isEmpty() ? null : failures.get(sequence);
        return known == null ? 0 : known.count;
    }

    /** Takes out an outbox, and notes the batch that says so. */
    void forget(OutboxId id, long batch) {
        outboxes.remove(id);
        forgets.remove(id);
        forgets.put(id, batch);
    }

    /**
     * The forgotten outboxes that need a batch at or below this one, at most {@code max}: an older
     * segment that stays in the log may say that they are open.
     */
    List<OutboxId> forgetsNeeding(long batch, int max) {
        List<OutboxId> found = new ArrayList<>();
        Iterator<Map.Entry<OutboxId, Long>> all = forgets.entrySet().iterator();
        while (all.hasNext() && found.size() < max) {
            Map.Entry<OutboxId, Long> known = all.next();
            if (known.getValue() > batch) {
                break;
            }
            if (outboxes.get(known.getKey()) == null) {
                found.add(known.getKey());
            } else {
                all.remove(); // it was opened anew, and that record outdates older ones
            }
        }
        return found;
    }

    /** A checkpoint counts now, and knows which outboxes batches below this one forgot. */
    void forgetsAreKept(long checkpointBatch) {
        forgets.values().removeIf(batch -> batch < checkpointBatch);
    }

    /** The failure counts that need a batch at or below this one, at most {@code max}. */
    List<Failures> failuresNeeding(long batch, int max) {
        List<Failures> found = new ArrayList<>();
        for (Failures known : failures.values()) {
            if (known.batch > batch || found.size() == max) {
                break;
            }
            found.add(known);
        }
        return found;
    }

    /** All failure counts. */
    List<Failures> allFailures() {
        return new ArrayList<>(failures.values());
    }
}
