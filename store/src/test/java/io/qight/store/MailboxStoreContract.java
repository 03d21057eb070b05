package io.qight.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.qight.wire.ErrorCode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What {@link MailboxStore} promises, as tests. An engine's test class extends this one, and says
 * how its store is opened.
 */
public abstract class MailboxStoreContract {
    private static final long ACCEPTED = 1_700_000_000_000L;
    private static final long HOUR = 3_600_000;
    private static final OutboxId OUTBOX = new OutboxId(1, 2);

    /** The store under test, empty at first. */
    private MailboxStore store;

    /** For the engines' test classes. */
    protected MailboxStoreContract() {}

    /** Opens an empty store. */
    protected abstract MailboxStore open();

    /**
     * Closes the store and opens it anew with what it holds. Empty, and nothing done, for an engine
     * whose contents end with it; then the tests go on with the store as it is.
     */
    protected Optional<MailboxStore> reopen(MailboxStore store) {
        return Optional.empty();
    }

    @BeforeEach
    final void openStore() {
        store = open();
    }

    @AfterEach
    final void closeStore() {
        store.close();
    }

    // Appending and reading.

    @Test
    void mailboxIsReadInTheOrderOfAppends() {
        List<Long> sequences = store(append("bob", 1), append("bob", 2), append("bob", 3));

        assertThat(sequencesOf(read("bob"))).isEqualTo(sequences).isSorted();
        assertThat(read("bob"))
                .map(envelope -> envelope.bytes().remaining())
                .containsExactly(1, 2, 3);
    }

    @Test
    void envelopeIsReadAsItWasAppended() {
        Operation.Append append =
                new Operation.Append("bob", (byte) -3, ACCEPTED, ACCEPTED + 5, bytes(100), null);
        long sequence = store(append).get(0);

        assertThat(read("bob"))
                .containsExactly(
                        new StoredEnvelope(sequence, (byte) -3, ACCEPTED + 5, 0, bytes(100)));
    }

    @Test
    void mailboxesAreApart() {
        List<Long> sequences = store(append("bob", 1), append("alice", 2), append("bob", 3));

        assertThat(sequencesOf(read("bob"))).containsExactly(sequences.get(0), sequences.get(2));
        assertThat(sequencesOf(read("alice"))).containsExactly(sequences.get(1));
    }

    @Test
    void unknownMailboxIsEmpty() {
        assertThat(read("nobody")).isEmpty();
        assertThat(store.statistics("nobody")).isEmpty();
    }

    @Test
    void readBeginsAboveAfterSequence() {
        List<Long> sequences = store(append("bob", 1), append("bob", 1), append("bob", 1));

        assertThat(sequencesOf(store.read("bob", sequences.get(0), 10, 1000)))
                .isEqualTo(sequences.subList(1, 3));
        assertThat(store.read("bob", sequences.get(2), 10, 1000)).isEmpty();
        assertThat(store.read("bob", Long.MAX_VALUE, 10, 1000)).isEmpty();
    }

    @Test
    void readMayBeginAtWhatIsGone() {
        List<Long> sequences = store(append("bob", 1), append("bob", 1), append("bob", 1));
        remove("bob", sequences.get(1), Removal.ACKED);

        assertThat(sequencesOf(store.read("bob", sequences.get(1), 10, 1000)))
                .containsExactly(sequences.get(2));
    }

    @Test
    void readGivesAtMostEnvelopesMax() {
        List<Long> sequences = store(append("bob", 1), append("bob", 1), append("bob", 1));

        assertThat(sequencesOf(store.read("bob", 0, 2, 1000))).isEqualTo(sequences.subList(0, 2));
        assertThat(sequencesOf(store.read("bob", 0, 3, 1000))).isEqualTo(sequences);
    }

    @Test
    void readGivesAtMostBytesMax() {
        List<Long> sequences = store(append("bob", 10), append("bob", 10), append("bob", 1));

        assertThat(sequencesOf(store.read("bob", 0, 10, 20))).isEqualTo(sequences.subList(0, 2));
        assertThat(sequencesOf(store.read("bob", 0, 10, 19))).isEqualTo(sequences.subList(0, 1));
        assertThat(sequencesOf(store.read("bob", 0, 10, 21))).isEqualTo(sequences);
    }

    @Test
    void readGivesOneEnvelopeWhateverItsSize() {
        List<Long> sequences = store(append("bob", 10), append("bob", 10));

        assertThat(sequencesOf(store.read("bob", 0, 10, 1))).isEqualTo(sequences.subList(0, 1));
        assertThat(sequencesOf(store.read("bob", 0, 10, 0))).isEqualTo(sequences.subList(0, 1));
    }

    @Test
    void readLeavesNothingOutToFillTheBytes() {
        List<Long> sequences = store(append("bob", 1), append("bob", 100), append("bob", 1));

        assertThat(sequencesOf(store.read("bob", 0, 10, 50))).isEqualTo(sequences.subList(0, 1));
    }

    @Test
    void readRemovesNothing() {
        store(append("bob", 1));

        assertThat(read("bob")).isEqualTo(read("bob")).hasSize(1);
    }

    @Test
    void readersBuffersAreTheirOwn() {
        store(append("bob", 10));

        ByteBuffer first = read("bob").get(0).bytes();
        first.position(7);
        if (!first.isReadOnly()) {
            first.put(7, (byte) 99);
        }

        assertThat(read("bob").get(0).bytes()).isEqualTo(bytes(10));
    }

    @Test
    void callerMayChangeItsBufferAfterTheCommit() {
        ByteBuffer mine = bytes(10);
        store(append("bob", mine));

        mine.put(0, (byte) 99);

        assertThat(read("bob").get(0).bytes()).isEqualTo(bytes(10));
    }

    @Test
    void onlyWhatIsBetweenPositionAndLimitIsStored() {
        ByteBuffer mine = bytes(10).position(3).limit(8);
        store(append("bob", mine.asReadOnlyBuffer()), append("bob", direct(mine)));

        assertThat(read("bob")).map(StoredEnvelope::bytes).containsExactly(mine, mine);
        assertThat(mine.position()).isEqualTo(3);
        assertThat(mine.limit()).isEqualTo(8);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 65_535, 65_536, 1_000_000, 10_000_000, Operation.Append.BYTES_MAX})
    void envelopeOfAnySizeIsKept(int size) {
        long sequence = store(append("bob", size), append("bob", 3)).get(0);
        reopen();

        assertThat(store.read("bob", 0, 1, Long.MAX_VALUE))
                .containsExactly(
                        new StoredEnvelope(sequence, (byte) 0, ACCEPTED + HOUR, 0, bytes(size)));
        assertThat(read("bob")).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "b",
                "x0",
                "\u0000",
                "Zoë",
                "邮箱",
                "\ud83d\udcec",
                "key:abc",
                " ",
                "../../etc"
            })
    void anyNameIsAMailbox(String name) {
        store(append(name, 4), append("bob", 5));
        reopen();

        assertThat(read(name)).map(envelope -> envelope.bytes().remaining()).containsExactly(4);
    }

    @Test
    void longNamesAreMailboxes() {
        String ascii = "n".repeat(1023);
        List<String> names = List.of(ascii + "a", ascii + "b", "\ud83d\udcec".repeat(256));
        for (String name : names) {
            store(append(name, 1));
        }
        reopen();

        assertThat(names).allSatisfy(name -> assertThat(read(name)).hasSize(1));
        assertThat(store.statistics().mailboxes()).isEqualTo(3);
    }

    @Test
    void namesThatShareAHashAreApart() {
        // These strings have one hash code in Java.
        List<Long> sequences = store(append("AaAa", 1), append("BBBB", 2), append("AaBB", 3));

        assertThat(sequencesOf(read("AaAa"))).containsExactly(sequences.get(0));
        assertThat(sequencesOf(read("BBBB"))).containsExactly(sequences.get(1));
        assertThat(sequencesOf(read("AaBB"))).containsExactly(sequences.get(2));
    }

    @Test
    void deepMailboxIsReadWhole() {
        List<Long> sequences = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            List<Operation> batch = new ArrayList<>();
            for (int k = 0; k < 1000; k++) {
                batch.add(append(k % 10 == 0 ? "alice" : "bob", 3));
            }
            List<Outcome> outcomes = store.commit(batch);
            for (int k = 0; k < 1000; k++) {
                if (k % 10 != 0) {
                    sequences.add(sequence(outcomes.get(k)));
                }
            }
        }

        assertThat(sequencesOf(store.read("bob", 0, 100_000, Long.MAX_VALUE))).isEqualTo(sequences);
    }

    // Sequences.

    @Test
    void sequencesAreUniqueInTheStoreAndGrow() {
        List<Long> sequences = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            sequences.addAll(store(append("bob", 1), append("alice", 1), append("box" + i, 1)));
            if (i % 7 == 6) {
                reopen();
            }
        }

        assertThat(sequences).isSorted().doesNotHaveDuplicates();
        assertThat(sequences.get(0)).isPositive();
    }

    @Test
    void sequencesOfWhatIsGoneAreNotGivenAgain() {
        long last = 0;
        for (int i = 0; i < 5; i++) {
            long sequence = store(append("bob", 1)).get(0);
            assertThat(sequence).isGreaterThan(last);
            remove("bob", sequence, Removal.ACKED);
            last = sequence;
            reopen();
        }
    }

    // Removing.

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

    // Failure counts.

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

    // Deadlines.

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

    // Outboxes.

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
        for (long number : new long[] {5, 1, 2, 9, 4, 3, 11, 10, 7, Long.MAX_VALUE}) {
            store(append("bob", 1, new OutboxNumber(OUTBOX, number)));
        }
        reopen();

        assertThat(taken(OUTBOX))
                .containsExactly(
                        new OutboxState.Range(1, 5),
                        new OutboxState.Range(7, 7),
                        new OutboxState.Range(9, 11),
                        new OutboxState.Range(Long.MAX_VALUE, Long.MAX_VALUE));
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

    // Statistics.

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

    // Commits, threads, the end.

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
                    store = open();
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

    /** Whether the store was opened anew, if that is possible. */
    private boolean reopen() {
        Optional<MailboxStore> reopened = reopen(store);
        store = reopened.orElse(store);
        return reopened.isPresent();
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

    private static void assertAddsUp(StoreStatistics statistics) {
        long removed = statistics.removed().values().stream().mapToLong(Long::longValue).sum();
        assertThat(statistics.found() + statistics.appended())
                .as("%s", statistics)
                .isEqualTo(statistics.waiting() + removed);
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

    private List<Long> store(Operation.Append... appends) {
        return sequences(store.commit(List.of(appends)));
    }

    private Outcome commit(Operation operation) {
        return store.commit(List.of(operation)).get(0);
    }

    private Outcome remove(String mailbox, long sequence, Removal way) {
        return commit(new Operation.Remove(mailbox, sequence, way));
    }

    private Outcome setFailures(String mailbox, long sequence, int failures) {
        return commit(new Operation.SetFailures(mailbox, sequence, failures));
    }

    private Outcome openOutbox(OutboxId id, long usedMillis, long rememberMillis) {
        return commit(new Operation.OpenOutbox(id, usedMillis, rememberMillis));
    }

    private List<StoredEnvelope> read(String mailbox) {
        return store.read(mailbox, 0, 1000, Long.MAX_VALUE);
    }

    private List<OutboxState.Range> taken(OutboxId id) {
        return store.outbox(id).map(OutboxState::taken).orElseThrow();
    }

    private long usedMillis() {
        return store.outbox(OUTBOX).map(OutboxState::usedMillis).orElseThrow();
    }

    private static Operation.Append due(String mailbox, long deadlineMillis) {
        return new Operation.Append(
                mailbox, (byte) 0, deadlineMillis - 1, deadlineMillis, bytes(5), null);
    }

    /** An append of so many bytes, for any test of a store. */
    protected static Operation.Append append(String mailbox, int size) {
        return append(mailbox, size, null);
    }

    /** An append of so many bytes under an outbox. */
    protected static Operation.Append append(
            String mailbox, int size, @Nullable OutboxNumber outbox) {
        return new Operation.Append(
                mailbox, (byte) 0, ACCEPTED, ACCEPTED + HOUR, bytes(size), outbox);
    }

    private static Operation.Append append(String mailbox, ByteBuffer bytes) {
        return new Operation.Append(mailbox, (byte) 0, ACCEPTED, ACCEPTED + HOUR, bytes, null);
    }

    private static ByteBuffer bytes(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return ByteBuffer.wrap(bytes);
    }

    private static ByteBuffer direct(ByteBuffer bytes) {
        ByteBuffer direct = ByteBuffer.allocateDirect(bytes.remaining());
        return direct.put(bytes.duplicate()).flip();
    }

    private static List<Long> sequences(List<Outcome> outcomes) {
        return outcomes.stream().map(MailboxStoreContract::sequence).toList();
    }

    private static long sequence(Outcome outcome) {
        assertThat(outcome).isInstanceOf(Outcome.Stored.class);
        return ((Outcome.Stored) outcome).sequence();
    }

    private static List<Long> sequencesOf(List<StoredEnvelope> envelopes) {
        return envelopes.stream().map(StoredEnvelope::sequence).toList();
    }
}
