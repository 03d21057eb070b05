package io.qight.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How envelopes come, and how they are read. */
public abstract class AppendContract extends StoreContract {
    /** For the engines' test classes. */
    protected AppendContract() {}

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
            reopen(); // the second time nothing of it need be on the medium
        }
    }
}
