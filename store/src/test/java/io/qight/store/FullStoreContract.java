package io.qight.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.qight.wire.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A store without room: what it refuses, what it still does, and how it is emptied. */
public abstract class FullStoreContract extends StoreContract {
    private static final int LARGE_BYTES = 20 << 10;
    private static final Outcome FULL = new Outcome.Refused(ErrorCode.STORE_FULL);

    /** For the engines' test classes. */
    protected FullStoreContract() {}

    @Override
    MailboxStore open(Engine engine) {
        return engine.openSmall();
    }

    @Test
    void onceAnAppendDoesNotFitNoLaterOneOfItsBatchIsStored() {
        openOutbox(OUTBOX, 1, 50);
        store(append("bob", 1, new OutboxNumber(OUTBOX, 1)));
        List<Long> waiting = fill();
        StoreStatistics before = store.statistics();

        List<Outcome> outcomes =
                store.commit(
                        List.of(
                                append("bob", LARGE_BYTES, new OutboxNumber(OUTBOX, 2)),
                                append("bob", 1, new OutboxNumber(OUTBOX, 3)),
                                append("alice", 1),
                                append("carol", LARGE_BYTES),
                                append("bob", 0)));

        assertThat(outcomes).hasSize(5).containsOnly(FULL);
        assertThat(taken(OUTBOX)).containsExactly(new OutboxState.Range(1, 1));
        assertThat(sequencesOf(read("full"))).isEqualTo(waiting);
        assertThat(store.statistics().appended()).isEqualTo(before.appended());
    }

    @Test
    void whatIsNoAppendIsCarriedOutAfterOneThatDidNotFit() {
        openOutbox(OUTBOX, 1, 50);
        store(append("bob", 1, new OutboxNumber(OUTBOX, 1)));
        List<Long> waiting = fill();

        List<Outcome> outcomes =
                store.commit(
                        List.of(
                                append("bob", LARGE_BYTES),
                                new Operation.Remove("full", waiting.get(0), Removal.ACKED),
                                new Operation.Remove("full", waiting.get(1), Removal.DEAD),
                                append("bob", 1),
                                new Operation.SetFailures("full", waiting.get(2), 7),
                                new Operation.OpenOutbox(OUTBOX, 5, 6)));

        Outcome done = new Outcome.Done();
        assertThat(outcomes).containsExactly(FULL, done, done, FULL, done, done);
        assertThat(store.outbox(OUTBOX).map(OutboxState::rememberMillis)).contains(6L);
        assertThat(store.read("full", 0, 1, 0)).map(StoredEnvelope::failures).containsExactly(7);
    }

    @Test
    void otherAnswersStandBeforeFullness() {
        openOutbox(OUTBOX, 1, 50);
        OutboxNumber first = new OutboxNumber(OUTBOX, 1);
        store(append("bob", 1, first));
        fill();

        List<Outcome> outcomes =
                store.commit(
                        List.of(
                                append("bob", LARGE_BYTES),
                                append("bob", 1, first),
                                append("bob", 1, new OutboxNumber(new OutboxId(9, 9), 1))));

        assertThat(outcomes)
                .containsExactly(
                        FULL,
                        new Outcome.Duplicate(),
                        new Outcome.Refused(ErrorCode.OUTCOME_UNKNOWN));
    }

    @Test
    void fullStoreIsEmptiedByRemovalsAndTakesTheRefusedNumber() {
        openOutbox(OUTBOX, 1, 50);
        OutboxNumber first = new OutboxNumber(OUTBOX, 1);
        List<Long> waiting = fill();
        assertThat(commit(append("bob", LARGE_BYTES, first))).isEqualTo(FULL);

        for (long sequence : waiting) {
            assertThat(remove("full", sequence, Removal.ACKED)).isEqualTo(new Outcome.Done());
        }

        assertThat(store(append("bob", LARGE_BYTES, first), append("bob", 1))).hasSize(2);
        assertThat(taken(OUTBOX)).containsExactly(new OutboxState.Range(1, 1));
    }

    /** Appends until there is no room; returns the sequences. */
    private List<Long> fill() {
        List<Long> waiting = new ArrayList<>();
        Outcome outcome = commit(append("full", LARGE_BYTES));
        while (outcome instanceof Outcome.Stored stored) {
            waiting.add(stored.sequence());
            assertThat(waiting).hasSizeLessThan(1000);
            outcome = commit(append("full", LARGE_BYTES));
        }
        assertThat(outcome).isEqualTo(FULL);
        assertThat(waiting).hasSizeGreaterThan(3);
        return waiting;
    }
}
