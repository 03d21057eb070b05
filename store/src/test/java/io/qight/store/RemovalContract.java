package io.qight.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How envelopes leave, fail and expire. */
public abstract class RemovalContract extends StoreContract {
    /** For the engines' test classes. */
    protected RemovalContract() {}

    @ParameterizedTest
    @EnumSource
    void removedEnvelopeIsGoneForGoodAndCounted(Removal way) {
        List<Long> sequences = store(append("bob", 1), append("bob", 2), append("bob", 3));

        assertThat(remove("bob", sequences.get(1), way)).isEqualTo(new Outcome.Done());
        assertThat(store.statistics().removed()).hasSize(5).containsEntry(way, 1L);
        reopen();

        assertThat(sequencesOf(read("bob"))).containsExactly(sequences.get(0), sequences.get(2));
    }

    @Test
    void removingWhatIsGoneIsAbsentAndNotCounted() {
        long sequence = store(append("bob", 1)).get(0);

        remove("bob", sequence, Removal.ACKED);

        assertThat(remove("bob", sequence, Removal.EXPIRED)).isEqualTo(new Outcome.Absent());
        assertThat(store.statistics().removed())
                .containsEntry(Removal.ACKED, 1L)
                .containsEntry(Removal.EXPIRED, 0L);
        reopen();
        assertThat(remove("bob", sequence, Removal.ACKED)).isEqualTo(new Outcome.Absent());
    }

    @Test
    void removingTwiceInOneBatchIsAbsentTheSecondTime() {
        long sequence = store(append("bob", 1)).get(0);
        Operation remove = new Operation.Remove("bob", sequence, Removal.ACKED);

        assertThat(store.commit(List.of(remove, remove)))
                .containsExactly(new Outcome.Done(), new Outcome.Absent());
        assertThat(store.statistics().removed()).containsEntry(Removal.ACKED, 1L);
    }

    @Test
    void removingWhatNeverWasIsAbsent() {
        long sequence = store(append("bob", 1)).get(0);

        assertThat(remove("bob", sequence + 1, Removal.ACKED)).isEqualTo(new Outcome.Absent());
        assertThat(remove("bob", 0, Removal.ACKED)).isEqualTo(new Outcome.Absent());
        assertThat(remove("nobody", sequence, Removal.ACKED)).isEqualTo(new Outcome.Absent());
        assertThat(read("bob")).hasSize(1);
    }

    @Test
    void removingNamesTheMailboxToo() {
        List<Long> sequences = store(append("bob", 1), append("alice", 1));

        assertThat(remove("alice", sequences.get(0), Removal.ACKED))
                .isEqualTo(new Outcome.Absent());
        assertThat(read("bob")).hasSize(1);
        assertThat(read("alice")).hasSize(1);
    }

    @Test
    void countersAddUp() {
        List<Long> first = store(append("bob", 1), append("bob", 1), append("alice", 1));
        remove("bob", first.get(0), Removal.ACKED);
        long found = reopen() ? 2 : 0;
        List<Long> second = store(append("bob", 1), append("carol", 1));
        remove("bob", first.get(1), Removal.EXPIRED);
        remove("carol", second.get(1), Removal.DEAD);

        StoreStatistics statistics = store.statistics();

        assertThat(statistics.found()).isEqualTo(found);
        assertThat(statistics.waiting()).isEqualTo(2);
        assertAddsUp(statistics);
    }

    @Test
    void failureCountIsSetAndKept() {
        List<Long> sequences = store(append("bob", 1), append("bob", 2), append("bob", 3));

        assertThat(setFailures("bob", sequences.get(1), 1)).isEqualTo(new Outcome.Done());
        assertThat(setFailures("bob", sequences.get(1), 65_535)).isEqualTo(new Outcome.Done());
        assertThat(setFailures("bob", sequences.get(2), 2)).isEqualTo(new Outcome.Done());
        reopen();

        assertThat(read("bob")).map(StoredEnvelope::failures).containsExactly(0, 65_535, 2);
        assertThat(read("bob"))
                .map(StoredEnvelope::bytes)
                .containsExactly(bytes(1), bytes(2), bytes(3));
    }

    @Test
    void failureCountOfWhatIsGoneIsAbsent() {
        long sequence = store(append("bob", 1)).get(0);
        remove("bob", sequence, Removal.ACKED);

        assertThat(setFailures("bob", sequence, 1)).isEqualTo(new Outcome.Absent());
        assertThat(setFailures("nobody", sequence, 1)).isEqualTo(new Outcome.Absent());
        reopen();
        assertThat(read("bob")).isEmpty();
    }

    @Test
    void expiredIsWhatHasItsDeadlineAtOrBeforeNow() {
        List<Long> sequences = store(due("bob", 100), due("bob", 101), due("alice", 99));

        Expired expired = store.expired(100, 10);

        assertThat(expired.envelopes())
                .containsExactlyInAnyOrder(
                        new Expired.Key("alice", sequences.get(2)),
                        new Expired.Key("bob", sequences.get(0)));
        assertThat(expired.nextMillis()).isEqualTo(101);
    }

    @Test
    void nothingExpiresInAnEmptyStore() {
        assertThat(store.expired(Long.MAX_VALUE, 10))
                .isEqualTo(new Expired(List.of(), Long.MAX_VALUE));
    }

    @Test
    void expiringRemovesNothing() {
        store(due("bob", 100));

        assertThat(store.expired(100, 10).envelopes()).hasSize(1);
        assertThat(store.expired(100, 10).envelopes()).hasSize(1);
        assertThat(read("bob")).hasSize(1);
    }

    @Test
    void expiredGivesAtMostMaxAndSaysToLookAgainAtOnce() {
        store(due("bob", 10), due("bob", 20), due("bob", 30));

        Expired expired = store.expired(50, 2);

        assertThat(expired.envelopes()).hasSize(2).doesNotHaveDuplicates();
        assertThat(expired.nextMillis()).isLessThanOrEqualTo(30);
    }

    @Test
    void nextLookFollowsTheDeadlinesThatAreLeft() {
        List<Long> sequences = store(due("bob", 100), due("bob", 5_000_000));

        assertThat(looksUntil(100)).contains(100L);
        remove("bob", sequences.get(0), Removal.EXPIRED);
        assertThat(store.expired(100, 10).envelopes()).isEmpty();
        assertThat(looksUntil(5_000_000)).contains(5_000_000L);
        store(due("alice", 700));
        assertThat(store.expired(100, 10).nextMillis()).isLessThanOrEqualTo(700);
        remove("bob", sequences.get(1), Removal.ACKED);
        store(due("alice", 800));
        assertThat(store.expired(700, 10).envelopes()).hasSize(1);
    }

    @Test
    void looksWithRemovalsEmptyTheStore() {
        Random random = new Random(5);
        List<Operation> batch = new ArrayList<>();
        Map<Long, Long> deadlines = new HashMap<>();
        for (int i = 0; i < 2000; i++) {
            // From milliseconds to years.
            long deadline = 1 + (random.nextLong() >>> (24 + random.nextInt(38)));
            batch.add(due("box" + i % 50, deadline));
        }
        List<Outcome> outcomes = store.commit(batch);
        for (int i = 0; i < outcomes.size(); i++) {
            deadlines.put(
                    sequence(outcomes.get(i)), ((Operation.Append) batch.get(i)).deadlineMillis());
        }
        reopen();
        long now = 0;
        for (int looks = 0; !deadlines.isEmpty(); looks++) {
            assertThat(looks).as("looks").isLessThan(20_000);
            Expired expired = store.expired(now, 100);
            List<Operation> removals = new ArrayList<>();
            for (Expired.Key key : expired.envelopes()) {
                assertThat(deadlines.remove(key.sequence())).isLessThanOrEqualTo(now);
                removals.add(new Operation.Remove(key.mailbox(), key.sequence(), Removal.EXPIRED));
            }
            long earliest =
                    deadlines.isEmpty() ? Long.MAX_VALUE : Collections.min(deadlines.values());
            assertThat(expired.nextMillis()).isLessThanOrEqualTo(earliest);
            if (removals.size() < 100) {
                assertThat(earliest).isGreaterThan(now);
                assertThat(expired.nextMillis()).isGreaterThan(now);
            }
            store.commit(removals);
            now = Math.max(now, expired.nextMillis());
        }

        assertThat(store.statistics().waiting()).isZero();
        assertThat(store.expired(Long.MAX_VALUE, 1))
                .isEqualTo(new Expired(List.of(), Long.MAX_VALUE));
    }

    /** The times of the looks that are due before {@code endMillis}, and that one. */
    private List<Long> looksUntil(long endMillis) {
        List<Long> looks = new ArrayList<>();
        long now = 0;
        while (now < endMillis) {
            now = store.expired(now, 10).nextMillis();
            looks.add(now);
            assertThat(looks).hasSizeLessThan(1000);
        }
        return looks;
    }
}
