package io.qight.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.qight.wire.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is remembered of outboxes. */
public abstract class OutboxContract extends StoreContract {
    /** For the engines' test classes. */
    protected OutboxContract() {}

    @Test
    void unknownOutboxIsEmpty() {
        assertThat(store.outbox(OUTBOX)).isEmpty();
    }

    @Test
    void openOutboxIsRemembered() {
        assertThat(openOutbox(OUTBOX, 100, 50)).isEqualTo(new Outcome.Done());
        reopen();

        assertThat(store.outbox(OUTBOX)).contains(new OutboxState(OUTBOX, List.of(), 100, 50));
        assertThat(store.statistics().outboxes()).isEqualTo(1);
    }

    @Test
    void numbersTakenAreRangesWithGapsBetweenThem() {
        openOutbox(OUTBOX, 1, 50);
        for (long number : new long[] {5, 1, 2, 9, 4, 3, 11, 10, 7, 60_000}) {
            store(append("bob", 1, new OutboxNumber(OUTBOX, number)));
        }
        reopen();

        assertThat(taken(OUTBOX))
                .containsExactly(
                        new OutboxState.Range(1, 5),
                        new OutboxState.Range(7, 7),
                        new OutboxState.Range(9, 11),
                        new OutboxState.Range(60_000, 60_000));
    }

    @Test
    void numbersFarBelowTheHighestAreNotToldApart() {
        openOutbox(OUTBOX, 1, 50);
        for (long number : new long[] {1, 2, 3, 5, 6}) {
            store(append("bob", 1, new OutboxNumber(OUTBOX, number)));
        }
        long highest = 2 + OutboxState.WINDOW;
        store(append("bob", 1, new OutboxNumber(OUTBOX, highest)));
        List<OutboxState.Range> window =
                List.of(
                        new OutboxState.Range(3, 3),
                        new OutboxState.Range(5, 6),
                        new OutboxState.Range(highest, highest));

        assertThat(taken(OUTBOX)).isEqualTo(window);
        reopen();
        assertThat(taken(OUTBOX)).isEqualTo(window);
        assertThat(answers(1, 2, 3))
                .containsExactly(
                        new Outcome.Refused(ErrorCode.OUTCOME_UNKNOWN),
                        new Outcome.Refused(ErrorCode.OUTCOME_UNKNOWN),
                        new Outcome.Duplicate());
        assertThat(answers(4)).hasOnlyElementsOfType(Outcome.Stored.class);
        assertThat(answers(Long.MAX_VALUE)).hasOnlyElementsOfType(Outcome.Stored.class);
        reopen();
        assertThat(taken(OUTBOX))
                .containsExactly(new OutboxState.Range(Long.MAX_VALUE, Long.MAX_VALUE));
        assertThat(answers(highest, Long.MAX_VALUE - OutboxState.WINDOW))
                .containsOnly(new Outcome.Refused(ErrorCode.OUTCOME_UNKNOWN));
        assertThat(answers(Long.MAX_VALUE - OutboxState.WINDOW + 1, Long.MAX_VALUE))
                .map(outcome -> outcome.getClass().getSimpleName())
                .containsExactly("Stored", "Duplicate");
    }

    @Test
    void windowMovesWithinABatch() {
        openOutbox(OUTBOX, 1, 50);

        assertThat(answers(1, 1L + OutboxState.WINDOW, 1, 2))
                .map(outcome -> outcome.getClass().getSimpleName())
                .containsExactly("Stored", "Stored", "Refused", "Stored");
    }

    @Test
    void takenNumberIsADuplicateAcrossBatches() {
        openOutbox(OUTBOX, 1, 50);
        OutboxNumber third = new OutboxNumber(OUTBOX, 3);
        long sequence = store(append("bob", 1, third)).get(0);

        assertThat(commit(append("alice", 2, third))).isEqualTo(new Outcome.Duplicate());
        reopen();
        assertThat(commit(append("alice", 2, third))).isEqualTo(new Outcome.Duplicate());
        assertThat(read("alice")).isEmpty();
        assertThat(sequencesOf(read("bob"))).containsExactly(sequence);
    }

    @Test
    void takenNumberIsADuplicateWithinABatch() {
        openOutbox(OUTBOX, 1, 50);
        OutboxNumber first = new OutboxNumber(OUTBOX, 1);
        OutboxNumber second = new OutboxNumber(OUTBOX, 2);

        List<Outcome> outcomes =
                store.commit(
                        List.of(
                                append("bob", 1, first),
                                append("bob", 2, first),
                                append("bob", 3, second)));

        assertThat(outcomes.get(1)).isEqualTo(new Outcome.Duplicate());
        assertThat(read("bob")).map(StoredEnvelope::bytes).containsExactly(bytes(1), bytes(3));
        assertThat(taken(OUTBOX)).containsExactly(new OutboxState.Range(1, 2));
    }

    @Test
    void numberStaysTakenWhenItsEnvelopeIsGone() {
        openOutbox(OUTBOX, 1, 50);
        OutboxNumber first = new OutboxNumber(OUTBOX, 1);
        long sequence = store(append("bob", 1, first)).get(0);
        remove("bob", sequence, Removal.ACKED);
        reopen();

        assertThat(commit(append("bob", 1, first))).isEqualTo(new Outcome.Duplicate());
        assertThat(read("bob")).isEmpty();
    }

    @Test
    void outboxesAreApart() {
        OutboxId other = new OutboxId(1, 3);
        OutboxId another = new OutboxId(2, 2);
        openOutbox(OUTBOX, 1, 50);
        openOutbox(other, 1, 50);
        openOutbox(another, 1, 50);

        store(
                append("bob", 1, new OutboxNumber(OUTBOX, 1)),
                append("bob", 2, new OutboxNumber(other, 1)),
                append("bob", 3, new OutboxNumber(another, 1)));

        assertThat(read("bob")).hasSize(3);
        assertThat(store.statistics().outboxes()).isEqualTo(3);
    }

    @Test
    void appendUnderAnUnknownOutboxIsRefusedAlone() {
        List<Outcome> outcomes =
                store.commit(
                        List.of(append("bob", 1, new OutboxNumber(OUTBOX, 1)), append("bob", 2)));

        assertThat(outcomes.get(0)).isEqualTo(new Outcome.Refused(ErrorCode.OUTCOME_UNKNOWN));
        assertThat(read("bob")).map(StoredEnvelope::bytes).containsExactly(bytes(2));
        assertThat(store.outbox(OUTBOX)).isEmpty();
    }

    @Test
    void openAgainKeepsTakenNumbers() {
        openOutbox(OUTBOX, 100, 50);
        store(append("bob", 1, new OutboxNumber(OUTBOX, 1)));
        openOutbox(OUTBOX, ACCEPTED + 7, 20);
        reopen();

        assertThat(store.outbox(OUTBOX))
                .contains(
                        new OutboxState(
                                OUTBOX, List.of(new OutboxState.Range(1, 1)), ACCEPTED + 7, 20));
    }

    @Test
    void lastUseIsTheLatestOpeningOrAppend() {
        openOutbox(OUTBOX, 100, 50);
        store(append("bob", 1, new OutboxNumber(OUTBOX, 1)));
        assertThat(usedMillis()).isEqualTo(ACCEPTED);
        openOutbox(OUTBOX, 99, 50);
        reopen();
        assertThat(usedMillis()).isEqualTo(ACCEPTED);
        openOutbox(OUTBOX, ACCEPTED + 9, 50);
        store(append("bob", 1, new OutboxNumber(OUTBOX, 2)));
        reopen();
        assertThat(usedMillis()).isEqualTo(ACCEPTED + 9);
    }

    @Test
    void outboxIsForgettableOnceItsMemoryEnds() {
        openOutbox(OUTBOX, 100, 50);
        openOutbox(new OutboxId(2, 2), 100, Long.MAX_VALUE);

        assertThat(store.forgettable(149, 10)).isEmpty();
        assertThat(store.forgettable(150, 10)).containsExactly(OUTBOX);
        store(append("bob", 1, new OutboxNumber(OUTBOX, 1)));
        assertThat(store.forgettable(150, 10)).isEmpty();
        assertThat(store.forgettable(ACCEPTED + 49, 10)).isEmpty();
        reopen();
        assertThat(store.forgettable(ACCEPTED + 50, 10)).containsExactly(OUTBOX);
        assertThat(store.outbox(OUTBOX)).as("nothing is forgotten by looking").isPresent();
    }

    @Test
    void forgettableGivesAtMostMax() {
        for (int i = 0; i < 10; i++) {
            openOutbox(new OutboxId(i, i), 100, i);
        }

        assertThat(store.forgettable(104, 3)).hasSize(3).doesNotHaveDuplicates();
        assertThat(store.forgettable(104, 10)).hasSize(5).doesNotHaveDuplicates();
    }

    @Test
    void forgottenOutboxIsUnknownAndItsNumbersAreFree() {
        openOutbox(OUTBOX, 100, 50);
        OutboxNumber first = new OutboxNumber(OUTBOX, 1);
        store(append("bob", 1, first));

        assertThat(commit(new Operation.ForgetOutbox(OUTBOX))).isEqualTo(new Outcome.Done());
        assertThat(commit(new Operation.ForgetOutbox(OUTBOX))).isEqualTo(new Outcome.Absent());
        reopen();

        assertThat(store.outbox(OUTBOX)).isEmpty();
        assertThat(store.statistics().outboxes()).isZero();
        assertThat(store.forgettable(Long.MAX_VALUE, 10)).isEmpty();
        assertThat(read("bob")).as("its envelopes stay").hasSize(1);
        openOutbox(OUTBOX, 300, 50);
        assertThat(commit(append("bob", 2, first))).isInstanceOf(Outcome.Stored.class);
        assertThat(usedMillis()).isEqualTo(ACCEPTED);
    }

    @Test
    void outboxOperationsOfOneBatchAreCarriedOutInOrder() {
        OutboxNumber first = new OutboxNumber(OUTBOX, 1);

        List<Outcome> outcomes =
                store.commit(
                        List.of(
                                append("bob", 1, first),
                                new Operation.OpenOutbox(OUTBOX, 1, 1),
                                append("bob", 2, first),
                                new Operation.ForgetOutbox(OUTBOX),
                                append("bob", 3, first),
                                new Operation.OpenOutbox(OUTBOX, 5, 6),
                                append("bob", 4, first)));
        reopen();

        assertThat(outcomes)
                .map(outcome -> outcome.getClass().getSimpleName())
                .containsExactly("Refused", "Done", "Stored", "Done", "Refused", "Done", "Stored");
        assertThat(read("bob")).map(StoredEnvelope::bytes).containsExactly(bytes(2), bytes(4));
        assertThat(store.outbox(OUTBOX))
                .contains(
                        new OutboxState(OUTBOX, List.of(new OutboxState.Range(1, 1)), ACCEPTED, 6));
    }

    /** What becomes of appends under these numbers, in one batch. */
    private List<Outcome> answers(long... numbers) {
        List<Operation> batch = new ArrayList<>();
        for (long number : numbers) {
            batch.add(append("bob", 1, new OutboxNumber(OUTBOX, number)));
        }
        return store.commit(batch);
    }
}
