package io.qight.simulation;

import io.qight.relay.delivery.DeadLetter;
import io.qight.relay.delivery.EnvelopeFormat;
import io.qight.store.Expired;
import io.qight.store.MailboxStatistics;
import io.qight.store.MailboxStore;
import io.qight.store.MemoryStore;
import io.qight.store.Operation;
import io.qight.store.OutboxId;
import io.qight.store.OutboxState;
import io.qight.store.Outcome;
import io.qight.store.StoreException;
import io.qight.store.StoreStatistics;
import io.qight.store.StoredEnvelope;
import io.qight.testkit.promises.History;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * The model store, which fails or takes its relay with it when it is told to, before or after it
 * has carried a commit out. What it stores is recorded, and held against what may be stored.
 */
final class WatchedStore implements MailboxStore {
    /** What the next commit meets. */
    enum Fault {
        NONE,
        FAILS_BEFORE,
        FAILS_AFTER,
        CRASHES_BEFORE,
        CRASHES_AFTER
    }

    private record Line(String outbox, String mailbox) {}

    private final MemoryStore store = new MemoryStore();
    private final Map<ByteBuffer, Letter> letters = new HashMap<>();
    private final Map<Line, Long> lastStored = new HashMap<>();
    private final Map<Letter, Long> deadlines = new HashMap<>();
    private final World world;
    private final History history;
    private final Setting setting;
    private Fault next = Fault.NONE;

    WatchedStore(World world, History history, Setting setting) {
        this.world = world;
        this.history = history;
        this.setting = setting;
    }

    /** An envelope that may come. */
    void expect(Letter letter) {
        letters.put(ByteBuffer.wrap(letter.envelope.bytes()), letter);
    }

    Letter letter(ByteBuffer bytes) {
        return Objects.requireNonNull(letters.get(bytes), "an envelope that nobody sent");
    }

    /** When a stored envelope is over, by the relay's clock. */
    long deadlineMillis(Letter letter) {
        return deadlines.getOrDefault(letter, Long.MIN_VALUE);
    }

    /** How many envelopes of clients were stored. */
    long stored() {
        return deadlines.size();
    }

    /** Arms a fault. */
    void arm(Fault fault) {
        next = fault;
    }

    @Override
    public List<Outcome> commit(List<Operation> batch) {
        Fault fault = next;
        next = Fault.NONE;
        if (fault == Fault.CRASHES_BEFORE || fault == Fault.CRASHES_AFTER) {
            history.relayEnded();
        }
        List<Outcome> outcomes = List.of();
        if (fault != Fault.FAILS_BEFORE && fault != Fault.CRASHES_BEFORE) {
            outcomes = store.commit(batch);
            try {
                record(batch, outcomes);
            } catch (AssertionError e) {
                world.fail(e);
            }
        }
        if (fault == Fault.CRASHES_BEFORE || fault == Fault.CRASHES_AFTER) {
            world.crashed();
        }
        if (fault != Fault.NONE) {
            throw new StoreException.Failed("as planned", new IllegalStateException());
        }
        return outcomes;
    }

    private void record(List<Operation> batch, List<Outcome> outcomes) {
        for (int i = 0; i < outcomes.size(); i++) {
            if (outcomes.get(i) instanceof Outcome.Stored stored
                    && batch.get(i) instanceof Operation.Append append
                    && append.format() == EnvelopeFormat.V1) {
                record(append, stored.sequence());
            }
        }
    }

    private void record(Operation.Append append, long sequence) {
        Letter letter = letter(append.bytes());
        history.appended(append.mailbox(), sequence, letter.outbox, letter.number);
        deadlines.put(letter, append.deadlineMillis());
        long now = world.relayMillis();
        Rule.DEADLINES.holds(append.deadlineMillis() > now, "%s is stored late", letter);
        Rule.DEADLINES.holds(
                append.deadlineMillis()
                        <= letter.deadlineMaxMillis + 2L * setting.latencyMillis() + 5,
                "%s lives %d ms too long",
                letter,
                append.deadlineMillis() - letter.deadlineMaxMillis);
        Long last = lastStored.put(new Line(letter.outbox, letter.mailbox), letter.number);
        Rule.ORDER.holds(
                last == null || last < letter.number, "%s is stored after %s", letter, last);
        long waiting = statistics(append.mailbox()).map(MailboxStatistics::waiting).orElse(0L);
        Rule.BOUNDS.holds(
                waiting <= setting.quotaEnvelopes(), "%d wait in %s", waiting, append.mailbox());
    }

    /** Records what is left. */
    void recordAll(List<String> mailboxes) {
        for (String mailbox : mailboxes) {
            for (StoredEnvelope one : read(mailbox, 0, Integer.MAX_VALUE, Long.MAX_VALUE)) {
                Letter letter = letter(one.bytes());
                history.found(mailbox, letter.outbox, letter.number, letter.hash);
            }
            String place = DeadLetter.place(mailbox);
            for (StoredEnvelope one : read(place, 0, Integer.MAX_VALUE, Long.MAX_VALUE)) {
                DeadLetter dead = DeadLetter.of(one);
                Letter letter = letter(dead.envelope());
                history.foundDead(mailbox, letter.outbox, letter.number, dead.failures());
            }
            history.drained(mailbox);
        }
    }

    @Override
    public List<StoredEnvelope> read(
            String mailbox, long afterSequence, int envelopesMax, long bytesMax) {
        return store.read(mailbox, afterSequence, envelopesMax, bytesMax);
    }

    @Override
    public Expired expired(long nowMillis, int max) {
        return store.expired(nowMillis, max);
    }

    @Override
    public Optional<OutboxState> outbox(OutboxId id) {
        return store.outbox(id);
    }

    @Override
    public List<OutboxId> forgettable(long nowMillis, int max) {
        return store.forgettable(nowMillis, max);
    }

    @Override
    public Optional<MailboxStatistics> statistics(String mailbox) {
        return store.statistics(mailbox);
    }

    @Override
    public StoreStatistics statistics() {
        return store.statistics();
    }

    @Override
    public void close() {
        store.close();
    }
}
