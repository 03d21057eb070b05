package io.qight.store;

import io.qight.wire.ErrorCode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The contract in its simplest form: everything in this process's memory ({@link
 * Durability#MEMORY}), gone when the process ends.
 *
 * <p>Thread-safe: one lock for all, held only to look things up or to change them.
 */
public final class MemoryStore implements MailboxStore {
    private static final Comparator<Waiting> BY_DEADLINE =
            Comparator.comparingLong(Waiting::deadlineMillis).thenComparingLong(Waiting::sequence);

    private final long waitingBytesMax;
    private final Map<String, Mailbox> mailboxes = new HashMap<>();
    private final TreeSet<Waiting> deadlines = new TreeSet<>(BY_DEADLINE);
    private final Map<OutboxId, Outbox> outboxes = new HashMap<>();
    private final Map<Removal, Long> removed = new EnumMap<>(Removal.class);
    private long waitingBytes;
    private long appended;
    private boolean full;
    private boolean closed;

    /** A store bounded by the heap alone. */
    public MemoryStore() {
        this(Long.MAX_VALUE);
    }

    /** A store that refuses what would bring the waiting envelopes above so many bytes. */
    public MemoryStore(long waitingBytesMax) {
        this.waitingBytesMax = waitingBytesMax;
        for (Removal removal : Removal.values()) {
            removed.put(removal, 0L);
        }
    }

    @Override
    public synchronized List<Outcome> commit(List<Operation> batch) {
        checkOpen();
        List<Outcome> outcomes = new ArrayList<>(batch.size());
        full = false;
        for (Operation operation : batch) {
            outcomes.add(carryOut(operation));
        }
        return outcomes;
    }

    @Override
    public synchronized List<StoredEnvelope> read(
            String mailbox, long afterSequence, int envelopesMax, long bytesMax) {
        checkOpen();
        List<StoredEnvelope> read = new ArrayList<>();
        Mailbox box = mailboxes.get(mailbox);
        if (box == null) {
            return read;
        }
        long bytes = 0;
        for (Waiting waiting : box.waiting.tailMap(afterSequence, false).values()) {
            bytes += waiting.size();
            if (read.size() == envelopesMax || (bytes > bytesMax && !read.isEmpty())) {
                break;
            }
            read.add(waiting.stored());
        }
        return read;
    }

    @Override
    public synchronized Expired expired(long nowMillis, int max) {
        checkOpen();
        List<Expired.Key> keys = new ArrayList<>();
        for (Waiting waiting : deadlines) {
            if (waiting.deadlineMillis > nowMillis || keys.size() == max) {
                return new Expired(keys, waiting.deadlineMillis);
            }
            keys.add(new Expired.Key(waiting.mailbox, waiting.sequence));
        }
        return new Expired(keys, Long.MAX_VALUE);
    }

    @Override
    public synchronized Optional<OutboxState> outbox(OutboxId id) {
        checkOpen();
        return Optional.ofNullable(outboxes.get(id)).map(outbox -> outbox.state(id));
    }

    @Override
    public synchronized List<OutboxId> forgettable(long nowMillis, int max) {
        checkOpen();
        return outboxes.entrySet().stream()
                .filter(entry -> entry.getValue().forgettable(nowMillis))
                .map(Map.Entry::getKey)
                .limit(max)
                .toList();
    }

    @Override
    public synchronized Optional<MailboxStatistics> statistics(String mailbox) {
        checkOpen();
        return Optional.ofNullable(mailboxes.get(mailbox)).map(Mailbox::statistics);
    }

    @Override
    public synchronized StoreStatistics statistics() {
        checkOpen();
        return new StoreStatistics(
                mailboxes.size(),
                deadlines.size(),
                waitingBytes,
                outboxes.size(),
                waitingBytes,
                0,
                appended,
                removed);
    }

    @Override
    public synchronized void close() {
        closed = true;
        mailboxes.clear();
        deadlines.clear();
        outboxes.clear();
    }

    private void checkOpen() {
        if (closed) {
            throw new StoreException.Closed();
        }
    }

    private Outcome carryOut(Operation operation) {
        if (operation instanceof Operation.Append append) {
            return append(append);
        } else if (operation instanceof Operation.Remove remove) {
            return remove(remove);
        } else if (operation instanceof Operation.SetFailures setFailures) {
            return setFailures(setFailures);
        } else if (operation instanceof Operation.OpenOutbox open) {
            outboxes.computeIfAbsent(open.id(), id -> new Outbox())
                    .open(open.usedMillis(), open.rememberMillis());
            return new Outcome.Done();
        } else if (operation instanceof Operation.ForgetOutbox forget) {
            return outboxes.remove(forget.id()) == null ? new Outcome.Absent() : new Outcome.Done();
        }
        throw new IllegalStateException("an operation of no known kind: " + operation);
    }

    private Outcome append(Operation.Append append) {
        OutboxNumber under = append.outbox();
        if (under == null) {
            return store(append);
        }
        Outbox outbox = outboxes.get(under.id());
        if (outbox == null) {
            return new Outcome.Refused(ErrorCode.OUTCOME_UNKNOWN);
        }
        if (under.number() <= outbox.unknownUpTo()) {
            return new Outcome.Refused(ErrorCode.OUTCOME_UNKNOWN);
        }
        if (outbox.hasTaken(under.number())) {
            return new Outcome.Duplicate();
        }
        Outcome outcome = store(append);
        if (outcome instanceof Outcome.Stored) {
            outbox.take(under.number(), append.acceptedMillis());
        }
        return outcome;
    }

    private Outcome store(Operation.Append append) {
        full |= append.bytes().remaining() > waitingBytesMax - waitingBytes;
        if (full) {
            return new Outcome.Refused(ErrorCode.STORE_FULL);
        }
        // Nothing is found at open, so what was appended counts all sequences ever given.
        Waiting waiting = new Waiting(++appended, append);
        mailboxes.computeIfAbsent(append.mailbox(), name -> new Mailbox()).add(waiting);
        deadlines.add(waiting);
        waitingBytes += waiting.size();
        return new Outcome.Stored(waiting.sequence);
    }

    private Outcome remove(Operation.Remove remove) {
        Mailbox box = mailboxes.get(remove.mailbox());
        Waiting waiting = box == null ? null : box.waiting.get(remove.sequence());
        if (box == null || waiting == null) {
            return new Outcome.Absent();
        }
        box.remove(waiting);
        if (box.waiting.isEmpty()) {
            mailboxes.remove(remove.mailbox());
        }
        deadlines.remove(waiting);
        waitingBytes -= waiting.size();
        removed.merge(remove.removal(), 1L, Long::sum);
        return new Outcome.Done();
    }

    private Outcome setFailures(Operation.SetFailures set) {
        Mailbox box = mailboxes.get(set.mailbox());
        Waiting waiting = box == null ? null : box.waiting.get(set.sequence());
        if (waiting == null) {
            return new Outcome.Absent();
        }
        waiting.failures = set.failures();
        return new Outcome.Done();
    }

    private static final class Waiting {
        final long sequence;
        final String mailbox;
        final byte format;
        final long deadlineMillis;
        final ByteBuffer bytes;
        int failures;

        Waiting(long sequence, Operation.Append append) {
            this.sequence = sequence;
            this.mailbox = append.mailbox();
            this.format = append.format();
            this.deadlineMillis = append.deadlineMillis();
            ByteBuffer copy = ByteBuffer.allocate(append.bytes().remaining());
            this.bytes = copy.put(append.bytes().duplicate()).flip().asReadOnlyBuffer();
        }

        long sequence() {
            return sequence;
        }

        long deadlineMillis() {
            return deadlineMillis;
        }

        int size() {
            return bytes.limit();
        }

        StoredEnvelope stored() {
            return new StoredEnvelope(
                    sequence, format, deadlineMillis, failures, bytes.duplicate());
        }
    }

    private static final class Mailbox {
        final TreeMap<Long, Waiting> waiting = new TreeMap<>();
        long bytes;

        void add(Waiting added) {
            waiting.put(added.sequence, added);
            bytes += added.size();
        }

        void remove(Waiting gone) {
            waiting.remove(gone.sequence);
            bytes -= gone.size();
        }

        MailboxStatistics statistics() {
            return new MailboxStatistics(
                    waiting.size(), bytes, waiting.firstKey(), waiting.lastKey());
        }
    }

    private static final class Outbox {
        /** First and last number of each range; ranges neither overlap nor touch. */
        final TreeMap<Long, Long> taken = new TreeMap<>();

        long usedMillis = Long.MIN_VALUE;
        long rememberMillis;

        void open(long usedMillis, long rememberMillis) {
            this.usedMillis = Math.max(this.usedMillis, usedMillis);
            this.rememberMillis = rememberMillis;
        }

        /** The highest of the numbers that are not told apart; 0 or less if there is none. */
        long unknownUpTo() {
            return taken.isEmpty() ? 0 : taken.lastEntry().getValue() - OutboxState.WINDOW;
        }

        boolean hasTaken(long number) {
            Map.Entry<Long, Long> range = taken.floorEntry(number);
            return range != null && range.getValue() >= number;
        }

        void take(long number, long atMillis) {
            Map.Entry<Long, Long> below = taken.floorEntry(number);
            boolean joins = below != null && below.getValue() == number - 1;
            long first = below != null && joins ? below.getKey() : number;
            Long joinedLast = number == Long.MAX_VALUE ? null : taken.remove(number + 1);
            taken.put(first, joinedLast == null ? number : joinedLast);
            dropUpTo(unknownUpTo());
            usedMillis = Math.max(usedMillis, atMillis);
        }

        private void dropUpTo(long last) {
            while (taken.firstEntry().getValue() <= last) {
                taken.pollFirstEntry();
            }
            if (taken.firstKey() <= last) {
                taken.put(last + 1, taken.pollFirstEntry().getValue());
            }
        }

        boolean forgettable(long nowMillis) {
            // Not a sum, which could overflow: a memory without end is a large number.
            return nowMillis >= usedMillis && nowMillis - usedMillis >= rememberMillis;
        }

        OutboxState state(OutboxId id) {
            List<OutboxState.Range> ranges = new ArrayList<>();
            taken.forEach((first, last) -> ranges.add(new OutboxState.Range(first, last)));
            return new OutboxState(id, ranges, usedMillis, rememberMillis);
        }
    }
}
