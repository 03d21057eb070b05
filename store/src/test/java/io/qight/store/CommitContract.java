package io.qight.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Whole commits, statistics, readers beside the writer, and the end. */
public abstract class CommitContract extends StoreContract {
    /** For the engines' test classes. */
    protected CommitContract() {}

    @Test
    void mailboxStatisticsCountWhatWaits() {
        List<Long> sequences =
                store(append("bob", 10), append("alice", 5), append("bob", 20), append("bob", 40));
        assertThat(store.statistics("bob"))
                .contains(new MailboxStatistics(3, 70, sequences.get(0), sequences.get(3)));

        remove("bob", sequences.get(0), Removal.ACKED);
        remove("bob", sequences.get(3), Removal.ACKED);
        reopen();

        assertThat(store.statistics("bob"))
                .contains(new MailboxStatistics(1, 20, sequences.get(2), sequences.get(2)));
        remove("bob", sequences.get(2), Removal.ACKED);
        assertThat(store.statistics("bob")).isEmpty();
    }

    @Test
    void storeStatisticsCountAll() {
        List<Long> sequences = store(append("bob", 10), append("alice", 5), append("bob", 20));
        StoreStatistics full = store.statistics();
        remove("alice", sequences.get(1), Removal.COLLAPSED);
        StoreStatistics after = store.statistics();

        assertThat(List.of(full.mailboxes(), full.waiting(), full.waitingBytes(), full.appended()))
                .containsExactly(2L, 3L, 35L, 3L);
        assertThat(full.mediumBytes()).isGreaterThanOrEqualTo(35);
        assertThat(full.removed()).hasSize(Removal.values().length);
        assertThat(List.of(after.mailboxes(), after.waiting(), after.waitingBytes()))
                .containsExactly(1L, 2L, 30L);
        assertThat(after.removed()).containsEntry(Removal.COLLAPSED, 1L);
    }

    @Test
    void emptyBatchHasNoOutcomes() {
        assertThat(store.commit(List.of())).isEmpty();
    }

    @Test
    void mixedBatchIsCarriedOutInOrder() {
        List<Long> old = store(append("bob", 1), append("bob", 2));

        List<Outcome> outcomes =
                store.commit(
                        List.of(
                                new Operation.Remove("bob", old.get(0), Removal.ACKED),
                                append("bob", 3),
                                new Operation.SetFailures("bob", old.get(1), 4),
                                new Operation.Remove("bob", old.get(1), Removal.DEAD),
                                new Operation.SetFailures("bob", old.get(1), 5)));

        assertThat(outcomes.get(0)).isEqualTo(new Outcome.Done());
        assertThat(outcomes.subList(2, 5))
                .containsExactly(new Outcome.Done(), new Outcome.Done(), new Outcome.Absent());
        assertThat(read("bob")).map(StoredEnvelope::bytes).containsExactly(bytes(3));
    }

    @Test
    void readersBesideTheWriterSeeWholeCommitsOnly() throws Exception {
        int width = 8;
        AtomicBoolean done = new AtomicBoolean();
        List<CompletableFuture<Integer>> readers = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            readers.add(CompletableFuture.supplyAsync(() -> watch(done, width)));
        }
        List<Long> before = List.of();
        try {
            for (int i = 0; i < 500; i++) {
                List<Operation> batch = new ArrayList<>();
                before.forEach(s -> batch.add(new Operation.Remove("bob", s, Removal.ACKED)));
                for (int k = 0; k < width; k++) {
                    batch.add(append("bob", 20));
                }
                List<Outcome> outcomes = store.commit(batch);
                before = sequences(outcomes.subList(before.size(), outcomes.size()));
                assertThat(sequencesOf(read("bob"))).as("a commit that returned").isEqualTo(before);
            }
        } finally {
            done.set(true);
        }

        for (CompletableFuture<Integer> reader : readers) {
            assertThat(reader.get(10, TimeUnit.SECONDS)).isPositive();
        }
    }

    @Test
    void closedStoreSaysSo() {
        long sequence = store(append("bob", 1)).get(0);
        store.close();
        assertThatCode(store::close).doesNotThrowAnyException();

        List<Consumer<MailboxStore>> uses =
                List.of(
                        closed -> closed.commit(List.of(append("bob", 1))),
                        closed ->
                                closed.commit(
                                        List.of(
                                                new Operation.Remove(
                                                        "bob", sequence, Removal.ACKED))),
                        closed -> closed.read("bob", 0, 1, 1),
                        closed -> closed.expired(1, 1),
                        closed -> closed.outbox(OUTBOX),
                        closed -> closed.forgettable(1, 1),
                        closed -> closed.statistics("bob"),
                        MailboxStore::statistics);
        for (Consumer<MailboxStore> use : uses) {
            assertThatThrownBy(() -> use.accept(store)).isInstanceOf(StoreException.Closed.class);
        }
    }

    @Test
    void randomWorkLeavesTheStoreAsTheModelSays() {
        Seeds.each(
                10,
                seed -> {
                    store.close();
                    store = engine().open();
                    workAtRandom(new Random(seed));
                });
    }

    private void workAtRandom(Random random) {
        ExpectedStore expected = new ExpectedStore();
        RandomBatches batches = new RandomBatches(random, 20, 30, 3000);
        int emptying = 30;
        for (int i = 0; i < 120; i++) {
            if (i % 20 == 0) {
                emptying = expected.waiting().size() > 200 ? 75 : 25;
            }
            List<Operation> batch = batches.next(expected, emptying);
            expected.apply(batch, store.commit(batch));
            if (random.nextInt(25) == 0 && reopen()) {
                expected.reopened();
            }
            expected.check(store);
        }
    }

    /** Looks until told to stop: every answer holds the mailbox after some commit. */
    private int watch(AtomicBoolean done, int width) {
        int seen = 0;
        long last = 0;
        Set<Long> firsts = new HashSet<>();
        while (!done.get() || seen == 0) {
            List<StoredEnvelope> read = read("bob");
            if (!read.isEmpty()) {
                assertThat(read).hasSize(width);
                assertThat(read.get(0).sequence()).isGreaterThanOrEqualTo(last);
                last = read.get(0).sequence();
                firsts.add(last);
                seen++;
            }
            store.statistics("bob")
                    .ifPresent(statistics -> assertThat(statistics.waiting()).isEqualTo(width));
            StoreStatistics all = store.statistics();
            assertAddsUp(all);
            assertThat(all.appended() % width).isZero();
            assertThat(store.expired(Long.MAX_VALUE - 1, 100).envelopes().size() % width).isZero();
        }
        return firsts.size();
    }
}
