package io.qight.store.embedded;

import io.qight.store.Operation;
import io.qight.store.OutboxId;
import io.qight.store.OutboxNumber;
import io.qight.store.Outcome;
import io.qight.store.Removal;
import io.qight.store.StoreException;
import io.qight.wire.ErrorCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Carries out commits: plans and encodes each operation, writes and syncs, and only then changes
 * what readers see.
 *
 * <p>Its lock is held by the thread that commits, and for short times by the housekeeper when it
 * writes records of its own ({@link #carry}). While it is held nobody else changes which envelopes,
 * mailboxes and outboxes there are, so planning reads them without the store's lock.
 */
final class Writer {
    private static final Outcome DONE = new Outcome.Done();
    private static final Outcome ABSENT = new Outcome.Absent();
    private static final Outcome DUPLICATE = new Outcome.Duplicate();
    private static final Outcome UNKNOWN = new Outcome.Refused(ErrorCode.OUTCOME_UNKNOWN);
    private static final Outcome STORE_FULL = new Outcome.Refused(ErrorCode.STORE_FULL);
    private static final Outcome TOO_LARGE = new Outcome.Refused(ErrorCode.ENVELOPE_SIZE);
    private static final int CARRIED_MAX = 256;
    private static final int RANGES_MAX = 1024;
    private static final int MAILBOX_BYTES_MAX = Format.MAILBOX_HEAD_BYTES + Format.NAME_BYTES_MAX;

    /** The spare segments are used up too, and there is room for no other. */
    static final class NoRoom extends IOException {
        private static final long serialVersionUID = 1L;

        NoRoom() {
            super("the disk is full, and the spare segments are used up");
        }
    }

    private final ReentrantLock lock = new ReentrantLock();
    private final State state;
    private final LogTail tail;
    private final int recordBytesMax;
    private final Changes changes = new Changes();
    private final LongSet removed = new LongSet();
    private final Map<OutboxId, Outbox> drafts = new HashMap<>();

    /** The batches that say so, in their order. */
    private final Map<OutboxId, Long> forgotten = new LinkedHashMap<>();

    private boolean full;
    private boolean closed;

    Writer(State state, LogTail tail, EmbeddedStoreConfig config) {
        this.state = state;
        this.tail = tail;
        this.recordBytesMax = LogTail.recordBytesMax(config.segmentBytes());
    }

    List<Outcome> commit(List<Operation> batch) {
        lock.lock();
        try {
            if (closed) {
                throw new StoreException.Closed();
            }
            state.throwIfFailed();
            return carryOut(batch);
        } finally {
            clear();
            lock.unlock();
        }
    }

    /**
     * Writes anew all that the log says about outboxes and failure counts in batches up to this
     * one, so that their segments may go.
     */
    void carry(long lastBatch) throws IOException {
        boolean more = true;
        while (more) {
            more = carrySlice(lastBatch);
        }
    }

    /** Ends the log: seals and syncs the active segment; returns it if there is one. */
    @Nullable Segment close() throws IOException {
        lock.lock();
        try {
            closed = true;
            return state.hasFailed() ? null : tail.seal();
        } finally {
            lock.unlock();
        }
    }

    private List<Outcome> carryOut(List<Operation> batch) {
        try {
            List<Outcome> outcomes = new ArrayList<>(batch.size());
            for (Operation operation : batch) {
                outcomes.add(plan(operation));
            }
            tail.flush();
            apply();
            return outcomes;
        } catch (IOException e) {
            state.fail("the disk failed under a commit: " + e.getMessage(), e);
            throw new StoreException.Failed("the disk failed under a commit", e);
        } catch (RuntimeException | Error e) {
            // Some of the commit may be written, and none of it is known here.
            state.fail("the store failed under a commit: " + e.getMessage(), e);
            throw e;
        }
    }

    private Outcome plan(Operation operation) throws IOException {
        if (operation instanceof Operation.Append append) {
            return planAppend(append);
        }
        if (operation instanceof Operation.Remove remove) {
            return planRemove(remove);
        }
        if (operation instanceof Operation.SetFailures set) {
            return planFailures(set);
        }
        if (operation instanceof Operation.OpenOutbox open) {
            return planOpen(open);
        }
        if (operation instanceof Operation.ForgetOutbox forget) {
            return planForget(forget);
        }
        throw new IllegalStateException("an operation of an unknown kind");
    }

    private Outcome planAppend(Operation.Append append) throws IOException {
        OutboxNumber outbox = append.outbox();
        Outbox known = outbox == null ? null : draft(outbox.id());
        Outcome answered = outbox == null ? null : answered(outbox, known);
        if (answered != null) {
            return answered;
        }
        int bytes = BatchBuffer.appendBytes(append) + MAILBOX_BYTES_MAX;
        if (bytes > recordBytesMax) {
            return TOO_LARGE;
        }
        // A smaller one may still fit, but must not be stored before one that came earlier.
        full = full || !tail.room(bytes, true);
        if (full) {
            return STORE_FULL;
        }
        Segment segment = tail.active();
        Mailbox mailbox = mailbox(append.mailbox());
        if (mailbox.definedIn != segment.id) {
            tail.buffer().mailbox(mailbox.number, mailbox.name.getBytes(StandardCharsets.UTF_8));
            mailbox.definedIn = segment.id;
        }
        long sequence = tail.takeSequence();
        int at = tail.buffer().append(mailbox.number, sequence, append);
        changes.append(
                mailbox,
                sequence,
                segment,
                segment.position + at,
                append.bytes().remaining(),
                append.deadlineMillis());
        if (outbox != null && known != null) {
            known.take(outbox.number(), outbox.number());
            known.use(
                    Math.max(known.usedMillis(), append.acceptedMillis()), known.rememberMillis());
        }
        return new Outcome.Stored(sequence);
    }

    /** What an outbox says to a number before all else; null if it may be taken. */
    private static @Nullable Outcome answered(OutboxNumber number, @Nullable Outbox known) {
        if (known == null || number.number() <= known.unknownUpTo()) {
            return UNKNOWN;
        }
        return known.hasTaken(number.number()) ? DUPLICATE : null;
    }

    private Outcome planRemove(Operation.Remove remove) throws IOException {
        Mailbox mailbox = waitingIn(remove.mailbox(), remove.sequence());
        if (mailbox == null) {
            return ABSENT;
        }
        claim(Format.REMOVE_BYTES);
        removed.add(remove.sequence());
        tail.buffer().remove(mailbox.number, remove.sequence(), remove.removal());
        changes.change(
                Changes.REMOVED,
                mailbox,
                remove.sequence(),
                tail.active(),
                tail.batch(),
                Format.number(remove.removal()));
        return DONE;
    }

    private Outcome planFailures(Operation.SetFailures set) throws IOException {
        Mailbox mailbox = waitingIn(set.mailbox(), set.sequence());
        if (mailbox == null) {
            return ABSENT;
        }
        claim(Format.FAILURES_BYTES);
        tail.buffer().failures(mailbox.number, set.sequence(), set.failures());
        changes.change(
                Changes.FAILED,
                mailbox,
                set.sequence(),
                tail.active(),
                tail.batch(),
                set.failures());
        return DONE;
    }

    private Outcome planOpen(Operation.OpenOutbox open) throws IOException {
        claim(Format.OUTBOX_HEAD_BYTES);
        Outbox known = draft(open.id());
        boolean fresh = known == null;
        if (known == null) {
            known = new Outbox(open.id(), open.usedMillis(), open.rememberMillis(), tail.batch());
            drafts.put(open.id(), known);
            forgotten.remove(open.id());
        } else {
            long usedMillis = Math.max(known.usedMillis(), open.usedMillis());
            known.use(usedMillis, open.rememberMillis());
        }
        tail.buffer().outbox(known, fresh, 0, 0);
        return DONE;
    }

    private Outcome planForget(Operation.ForgetOutbox forget) throws IOException {
        if (draft(forget.id()) == null) {
            return ABSENT;
        }
        claim(Format.FORGET_BYTES);
        tail.buffer().forget(forget.id());
        drafts.remove(forget.id());
        forgotten.put(forget.id(), tail.batch());
        return DONE;
    }

    /** Makes room for what must not be refused. */
    private void claim(int bytes) throws IOException {
        if (!tail.room(bytes, false)) {
            throw new NoRoom();
        }
    }

    /** The writer's own copy of what is known of an outbox; null if nothing is. */
    private @Nullable Outbox draft(OutboxId id) {
        Outbox draft = drafts.get(id);
        if (draft == null && !forgotten.containsKey(id)) {
            Outbox known = state.outboxes.get(id);
            if (known != null) {
                draft = known.copy();
                drafts.put(id, draft);
            }
        }
        return draft;
    }

    private Mailbox mailbox(String name) {
        Mailbox mailbox = state.index.mailbox(name);
        if (mailbox != null) {
            return mailbox;
        }
        state.lock.lock();
        try {
            return state.index.create(name, tail.takeMailbox());
        } finally {
            state.lock.unlock();
        }
    }

    /** The mailbox, if the envelope waits in it after all that was planned before. */
    private @Nullable Mailbox waitingIn(String name, long sequence) {
        Mailbox mailbox = state.index.mailbox(name);
        if (mailbox == null || sequence < 1 || removed.contains(sequence)) {
            return null;
        }
        if (sequence >= state.next().sequence()) {
            Mailbox appendedTo = changes.appendedTo(sequence);
            return mailbox.equals(appendedTo) ? mailbox : null;
        }
        return state.index.find(mailbox, sequence) >= 0 ? mailbox : null;
    }

    /** Makes the commit, durable now, what readers see. */
    private void apply() {
        state.lock.lock();
        try {
            for (int i = 0; i < changes.size(); i++) {
                apply(i);
            }
            drafts.values().forEach(state.outboxes::put);
            forgotten.forEach(state::forget);
            for (int i = 0; i < changes.size(); i++) {
                if (changes.kind(i) == Changes.REMOVED) {
                    state.index.dropIfEmpty(changes.mailbox(i));
                }
            }
            state.next(tail.next());
        } finally {
            state.lock.unlock();
        }
    }

    private void apply(int i) {
        Segment segment = changes.segment(i);
        switch (changes.kind(i)) {
            case Changes.APPENDED ->
                    state.append(
                            changes.mailbox(i),
                            changes.sequence(i),
                            segment,
                            changes.offset(i),
                            changes.detail(i),
                            changes.deadlineMillis(i));
            case Changes.REMOVED -> {
                Mailbox mailbox = changes.mailbox(i);
                long position = state.index.find(mailbox, changes.sequence(i));
                Removal removal = Format.removal(changes.detail(i));
                state.remove(
                        mailbox, changes.sequence(i), position, removal, segment, changes.batch(i));
                segment.removalBytes += Format.REMOVE_BYTES;
            }
            default ->
                    state.failures(
                            new State.Failures(
                                    changes.sequence(i),
                                    changes.mailbox(i).number,
                                    changes.detail(i),
                                    changes.batch(i)));
        }
    }

    private void clear() {
        tail.buffer().clear();
        changes.clear();
        removed.clear();
        drafts.clear();
        forgotten.clear();
        full = false;
    }

    private boolean carrySlice(long lastBatch) throws IOException {
        lock.lock();
        try {
            if (state.hasFailed()) {
                // Nothing is written any more, so nothing may go that is needed.
                throw new IOException("the store failed before");
            }
            List<Outbox> outboxes = state.outboxes.needing(lastBatch, CARRIED_MAX);
            List<State.Failures> failures = state.failuresNeeding(lastBatch, CARRIED_MAX);
            List<OutboxId> forgets = state.forgetsNeeding(lastBatch, CARRIED_MAX);
            for (Outbox known : outboxes) {
                Outbox carried = known.copy();
                carryOutbox(carried);
                drafts.put(carried.id(), carried);
            }
            List<State.Failures> carriedFailures = new ArrayList<>();
            for (State.Failures known : failures) {
                claim(Format.FAILURES_BYTES);
                tail.buffer().failures(known.mailbox(), known.sequence(), known.count());
                carriedFailures.add(
                        new State.Failures(
                                known.sequence(), known.mailbox(), known.count(), tail.batch()));
            }
            for (OutboxId id : forgets) {
                claim(Format.FORGET_BYTES);
                tail.buffer().forget(id);
                forgotten.put(id, tail.batch());
            }
            tail.flushForced();
            apply();
            state.lock.lock();
            try {
                carriedFailures.forEach(state::failures);
            } finally {
                state.lock.unlock();
            }
            return outboxes.size() + failures.size() + forgets.size() > 0;
        } catch (NoRoom e) {
            throw e;
        } catch (IOException e) {
            state.fail("the disk failed under the housekeeper: " + e.getMessage(), e);
            throw e;
        } finally {
            clear();
            lock.unlock();
        }
    }

    /** Writes all that is known of an outbox, in pieces if it has many ranges. */
    private void carryOutbox(Outbox outbox) throws IOException {
        int from = 0;
        boolean first = true;
        while (first || from < outbox.ranges()) {
            int to = Math.min(outbox.ranges(), from + RANGES_MAX);
            claim(Format.OUTBOX_HEAD_BYTES + (to - from) * Format.RANGE_BYTES);
            if (first) {
                outbox.baseBatch(tail.batch());
            }
            tail.buffer().outbox(outbox, first, from, to);
            first = false;
            from = to;
        }
    }
}
