package io.qight.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.qight.wire.ErrorCode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a store must hold, as plain lists, worked out from the operations alone: the model that
 * every engine is compared with. Only the sequences come from the engine, and they are checked.
 *
 * <p>Not thread-safe.
 */
public final class ExpectedStore {
    /** One waiting envelope. */
    public record Entry(
            String mailbox,
            long sequence,
            byte format,
            long deadlineMillis,
            int failures,
            ByteBuffer bytes) {
        private StoredEnvelope stored() {
            return new StoredEnvelope(sequence, format, deadlineMillis, failures, bytes);
        }
    }

    private record Outbox(TreeSet<Long> taken, long usedMillis, long rememberMillis) {
        long endMillis() {
            return usedMillis + rememberMillis;
        }

        long unknownUpTo() {
            return taken.isEmpty() ? 0 : taken.last() - OutboxState.WINDOW;
        }
    }

    private static final Outcome FULL = new Outcome.Refused(ErrorCode.STORE_FULL);

    private final List<Entry> waiting = new ArrayList<>();
    private final Map<OutboxId, Outbox> outboxes = new LinkedHashMap<>();
    private final Set<String> mailboxes = new LinkedHashSet<>();
    private final Set<OutboxId> outboxIds = new LinkedHashSet<>();
    private final Map<Removal, Long> removed = new EnumMap<>(Removal.class);
    private boolean mayBeFull;
    private boolean full;
    private long lastSequence;
    private long found;
    private long appended;

    /** An empty store that has room for everything. */
    public ExpectedStore() {
        for (Removal removal : Removal.values()) {
            removed.put(removal, 0L);
        }
    }

    /** From now on an append may be refused for want of room, or none may. */
    public void mayBeFull(boolean allowed) {
        mayBeFull = allowed;
    }

    /** A copy that goes its own way. */
    public ExpectedStore copy() {
        ExpectedStore copy = new ExpectedStore();
        copy.mayBeFull = mayBeFull;
        copy.waiting.addAll(waiting);
        outboxes.forEach((id, outbox) ->
                copy.outboxes.put(
                        id,
                        new Outbox(
                                new TreeSet<>(outbox.taken),
                                outbox.usedMillis,
                                outbox.rememberMillis)));
        copy.mailboxes.addAll(mailboxes);
        copy.outboxIds.addAll(outboxIds);
        copy.removed.putAll(removed);
        copy.lastSequence = lastSequence;
        copy.found = found;
        copy.appended = appended;
        return copy;
    }

    /** What waits, in the order of sequences. */
    public List<Entry> waiting() {
        return waiting;
    }

    /** The highest sequence ever given. */
    public long lastSequence() {
        return lastSequence;
    }

    /** Every mailbox that ever held something. */
    public Set<String> mailboxes() {
        return mailboxes;
    }

    /** The outboxes that are open. */
    public Set<OutboxId> openOutboxes() {
        return outboxes.keySet();
    }

    /** Every outbox that was ever named. */
    public Set<OutboxId> outboxIds() {
        return outboxIds;
    }

    /** The store was closed and opened anew: what waits was found, and nothing came or went yet. */
    public void reopened() {
        found = waiting.size();
        appended = 0;
        removed.replaceAll((removal, count) -> 0L);
    }

    /** Carries out the batch, and checks that the engine's outcomes are the right ones. */
    public void apply(List<Operation> batch, List<Outcome> outcomes) {
        assertThat(outcomes).as("one outcome for each operation").hasSameSizeAs(batch);
        full = false;
        for (int i = 0; i < batch.size(); i++) {
            Operation operation = batch.get(i);
            Outcome outcome = outcomes.get(i);
            if (operation instanceof Operation.Append append) {
                apply(append, outcome);
            } else {
                assertThat(outcome).as("outcome of %s", operation).isEqualTo(change(operation));
            }
        }
    }

    /**
     * What an opened store must hold after a crash: this, and of the batch that was in flight its
     * first operations, some, all or none. Fails unless the store holds one of these. The appends
     * in flight are known by their bytes, which no other may have.
     */
    public ExpectedStore afterCrash(List<Operation> inFlight, MailboxStore store) {
        AssertionError differences = null;
        for (int skipped = -1; skipped < inFlight.size(); skipped++) {
            // None and all come first, because that is what mostly happens.
            int carriedOut = skipped < 0 ? 0 : inFlight.size() - skipped;
            try {
                ExpectedStore candidate = copy();
                candidate.applyUnheard(inFlight.subList(0, carriedOut), store);
                candidate.reopened();
                candidate.check(store);
                return candidate;
            } catch (AssertionError e) {
                if (differences == null) {
                    differences = e;
                } else {
                    differences.addSuppressed(e);
                }
            }
        }
        throw Objects.requireNonNull(differences);
    }

    /** Fails unless the store holds exactly this, by everything that can be asked of it. */
    public void check(MailboxStore store) {
        checkStatistics(store.statistics());
        for (String mailbox : mailboxes) {
            checkMailbox(store, mailbox);
        }
        for (OutboxId id : outboxIds) {
            assertThat(store.outbox(id)).as("outbox %x", id.low()).isEqualTo(state(id));
        }
        checkExpired(store, Long.MAX_VALUE - 1);
        waiting.stream()
                .mapToLong(Entry::deadlineMillis)
                .sorted()
                .skip(waiting.size() / 2)
                .findFirst()
                .ifPresent(median -> checkExpired(store, median));
        checkForgettable(store);
    }

    private void applyUnheard(List<Operation> batch, MailboxStore store) {
        full = false;
        for (Operation operation : batch) {
            if (operation instanceof Operation.Append append) {
                if (notStored(append).isEmpty()) {
                    apply(append, find(append, store).orElse(FULL));
                }
            } else {
                change(operation);
            }
        }
    }

    private Optional<Outcome> find(Operation.Append append, MailboxStore store) {
        return store.read(append.mailbox(), lastSequence, 10_000, Long.MAX_VALUE).stream()
                .filter(envelope -> envelope.bytes().equals(append.bytes()))
                .map(envelope -> (Outcome) new Outcome.Stored(envelope.sequence()))
                .findFirst();
    }

    private void apply(Operation.Append append, Outcome outcome) {
        Optional<Outcome> notStored = notStored(append);
        if (notStored.isPresent()) {
            assertThat(outcome).as("outcome of %s", append).isEqualTo(notStored.get());
        } else if (mayBeFull && outcome.equals(FULL)) {
            full = true;
        } else {
            assertThat(outcome).as("outcome of an append").isInstanceOf(Outcome.Stored.class);
            assertThat(full).as("an append was stored after one that did not fit").isFalse();
            store(append, ((Outcome.Stored) outcome).sequence());
        }
    }

    /** Why nothing is stored for the append, if its outbox says so. */
    private Optional<Outcome> notStored(Operation.Append append) {
        OutboxNumber under = append.outbox();
        if (under == null) {
            return Optional.empty();
        }
        outboxIds.add(under.id());
        Outbox outbox = outboxes.get(under.id());
        if (outbox == null) {
            return Optional.of(new Outcome.Refused(ErrorCode.OUTCOME_UNKNOWN));
        }
        if (under.number() <= outbox.unknownUpTo()) {
            return Optional.of(new Outcome.Refused(ErrorCode.OUTCOME_UNKNOWN));
        }
        return outbox.taken.contains(under.number())
                ? Optional.of(new Outcome.Duplicate())
                : Optional.empty();
    }

    private void store(Operation.Append append, long sequence) {
        assertThat(sequence).as("a sequence grows for ever").isGreaterThan(lastSequence);
        lastSequence = sequence;
        appended++;
        mailboxes.add(append.mailbox());
        waiting.add(
                new Entry(
                        append.mailbox(),
                        sequence,
                        append.format(),
                        append.deadlineMillis(),
                        0,
                        append.bytes()));
        OutboxNumber under = append.outbox();
        if (under != null) {
            outboxes.computeIfPresent(
                    under.id(),
                    (id, outbox) -> {
                        outbox.taken.add(under.number());
                        outbox.taken.headSet(outbox.unknownUpTo(), true).clear();
                        long used = Math.max(outbox.usedMillis, append.acceptedMillis());
                        return new Outbox(outbox.taken, used, outbox.rememberMillis);
                    });
        }
    }

    private Outcome change(Operation operation) {
        if (operation instanceof Operation.Remove remove) {
            int index = indexOf(remove.mailbox(), remove.sequence());
            if (index >= 0) {
                waiting.remove(index);
                removed.merge(remove.removal(), 1L, Long::sum);
            }
            return index >= 0 ? new Outcome.Done() : new Outcome.Absent();
        } else if (operation instanceof Operation.SetFailures set) {
            int index = indexOf(set.mailbox(), set.sequence());
            if (index >= 0) {
                Entry old = waiting.get(index);
                waiting.set(
                        index,
                        new Entry(
                                old.mailbox,
                                old.sequence,
                                old.format,
                                old.deadlineMillis,
                                set.failures(),
                                old.bytes));
            }
            return index >= 0 ? new Outcome.Done() : new Outcome.Absent();
        } else if (operation instanceof Operation.OpenOutbox open) {
            outboxIds.add(open.id());
            Outbox old = outboxes.get(open.id());
            outboxes.put(
                    open.id(),
                    new Outbox(
                            old == null ? new TreeSet<>() : old.taken,
                            old == null
                                    ? open.usedMillis()
                                    : Math.max(old.usedMillis, open.usedMillis()),
                            open.rememberMillis()));
            return new Outcome.Done();
        } else if (operation instanceof Operation.ForgetOutbox forget) {
            outboxIds.add(forget.id());
            return outboxes.remove(forget.id()) == null ? new Outcome.Absent() : new Outcome.Done();
        }
        throw new IllegalStateException("an operation of no known kind: " + operation);
    }

    private int indexOf(String mailbox, long sequence) {
        for (int i = 0; i < waiting.size(); i++) {
            Entry entry = waiting.get(i);
            if (entry.sequence == sequence && entry.mailbox.equals(mailbox)) {
                return i;
            }
        }
        return -1;
    }

    private void checkStatistics(StoreStatistics statistics) {
        assertThat(statistics.waiting()).as("waiting").isEqualTo(waiting.size());
        assertThat(statistics.waitingBytes()).as("waiting bytes").isEqualTo(bytesOf(waiting));
        assertThat(statistics.mailboxes())
                .as("mailboxes")
                .isEqualTo(waiting.stream().map(Entry::mailbox).distinct().count());
        assertThat(statistics.outboxes()).as("outboxes").isEqualTo(outboxes.size());
        assertThat(statistics.found()).as("found").isEqualTo(found);
        assertThat(statistics.appended()).as("appended").isEqualTo(appended);
        assertThat(statistics.removed()).as("removed").isEqualTo(removed);
    }

    private void checkMailbox(MailboxStore store, String mailbox) {
        List<Entry> entries =
                waiting.stream().filter(entry -> entry.mailbox.equals(mailbox)).toList();
        Optional<MailboxStatistics> statistics = store.statistics(mailbox);
        if (entries.isEmpty()) {
            assertThat(statistics).as("statistics of empty %s", mailbox).isEmpty();
        } else {
            assertThat(statistics)
                    .as("statistics of %s", mailbox)
                    .contains(
                            new MailboxStatistics(
                                    entries.size(),
                                    bytesOf(entries),
                                    entries.get(0).sequence,
                                    entries.get(entries.size() - 1).sequence));
        }
        assertThat(readAll(store, mailbox))
                .as("what waits in %s", mailbox)
                .isEqualTo(entries.stream().map(Entry::stored).toList());
    }

    private static List<StoredEnvelope> readAll(MailboxStore store, String mailbox) {
        List<StoredEnvelope> all = new ArrayList<>();
        long after = 0;
        while (true) {
            List<StoredEnvelope> page = store.read(mailbox, after, 50, 100_000);
            if (page.isEmpty()) {
                return all;
            }
            all.addAll(page);
            long last = page.get(page.size() - 1).sequence();
            assertThat(last).as("reading goes forward").isGreaterThan(after);
            after = last;
        }
    }

    private void checkExpired(MailboxStore store, long nowMillis) {
        Set<Expired.Key> keys = new HashSet<>();
        long earliestOther = Long.MAX_VALUE;
        for (Entry entry : waiting) {
            if (entry.deadlineMillis <= nowMillis) {
                keys.add(new Expired.Key(entry.mailbox, entry.sequence));
            } else {
                earliestOther = Math.min(earliestOther, entry.deadlineMillis);
            }
        }
        Expired expired = store.expired(nowMillis, Integer.MAX_VALUE);
        assertThat(expired.envelopes())
                .as("expired at %d", nowMillis)
                .containsExactlyInAnyOrderElementsOf(keys);
        if (earliestOther == Long.MAX_VALUE) {
            assertThat(expired.nextMillis()).as("next look").isGreaterThan(nowMillis);
        } else {
            assertThat(expired.nextMillis())
                    .as("next look")
                    .isGreaterThan(nowMillis)
                    .isLessThanOrEqualTo(earliestOther);
        }
    }

    private void checkForgettable(MailboxStore store) {
        long[] ends = outboxes.values().stream().mapToLong(Outbox::endMillis).sorted().toArray();
        if (ends.length == 0) {
            return;
        }
        long median = ends[ends.length / 2];
        List<OutboxId> ended = new ArrayList<>();
        outboxes.forEach((id, outbox) -> {
            if (outbox.endMillis() <= median) {
                ended.add(id);
            }
        });
        assertThat(store.forgettable(median, Integer.MAX_VALUE))
                .as("outboxes to forget at %d", median)
                .containsExactlyInAnyOrderElementsOf(ended);
    }

    private Optional<OutboxState> state(OutboxId id) {
        Outbox outbox = outboxes.get(id);
        if (outbox == null) {
            return Optional.empty();
        }
        List<OutboxState.Range> ranges = new ArrayList<>();
        for (long number : outbox.taken) {
            int last = ranges.size() - 1;
            if (last >= 0 && ranges.get(last).last() == number - 1) {
                ranges.set(last, new OutboxState.Range(ranges.get(last).first(), number));
            } else {
                ranges.add(new OutboxState.Range(number, number));
            }
        }
        return Optional.of(new OutboxState(id, ranges, outbox.usedMillis, outbox.rememberMillis));
    }

    private static long bytesOf(List<Entry> entries) {
        return entries.stream().mapToLong(entry -> entry.bytes.remaining()).sum();
    }
}
