package io.qight.store.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import io.qight.store.ExpectedStore;
import io.qight.store.Operation;
import io.qight.store.OutboxId;
import io.qight.store.OutboxNumber;
import io.qight.store.OutboxState;
import io.qight.store.Outcome;
import io.qight.store.Removal;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What is known of outboxes is found again, wherever in the files it is by then. */
class OutboxRecoveryTest {
    /** What happened to the segments that said it first. */
    enum Since {
        NOTHING,
        CHECKPOINT,
        LET_GO
    }

    /** How the store ended. */
    enum End {
        CLOSE,
        KILL,
        POWER_LOSS
    }

    private static final int SEGMENT_BYTES = 64 << 10;
    private static final EmbeddedStoreConfig CONFIG =
            EmbeddedStoreConfig.defaults().withSegmentBytes(SEGMENT_BYTES);
    private static final int GAPS = 3000;
    private static final OutboxId GAPPED = new OutboxId(1, 1);
    private static final OutboxId LOWERED = new OutboxId(1, 2);
    private static final OutboxId FORGOTTEN = new OutboxId(1, 3);
    private static final OutboxId OPENED_ANEW = new OutboxId(1, 4);

    private final ExpectedStore expected = new ExpectedStore();
    private FaultyDisk disk = new FaultyDisk(1);
    private EmbeddedStore store = EmbeddedStore.open(disk, CONFIG, Runnable::run);

    static Stream<Arguments> histories() {
        return Arrays.stream(Since.values())
                .flatMap(since -> Arrays.stream(End.values()).map(end -> Arguments.of(since, end)));
    }

    @ParameterizedTest
    @MethodSource("histories")
    void outboxesAreFoundAsTheyWere(Since since, End end) {
        useOutboxes();
        passTime(since);

        reopen(end);
        assertThat(store.outbox(GAPPED).orElseThrow().taken()).hasSize(GAPS);
        assertThat(store.outbox(LOWERED).orElseThrow().taken())
                .containsExactly(
                        new OutboxState.Range(5, 5), new OutboxState.Range(65_540, 65_540));
        useThemAgain();
        reopen(end);
        passTime(since);
        reopen(end);
    }

    private void useOutboxes() {
        for (OutboxId id : List.of(GAPPED, LOWERED, FORGOTTEN, OPENED_ANEW)) {
            commit(new Operation.OpenOutbox(id, 100, 50));
        }
        List<Operation> odd = new ArrayList<>();
        for (int i = 0; i < GAPS; i++) {
            odd.add(append(GAPPED, 1 + 2L * i));
        }
        commit(odd.toArray(Operation[]::new));
        for (long number : new long[] {1, 2, 4, 5, 65_540}) {
            commit(append(LOWERED, number));
        }
        commit(append(FORGOTTEN, 7), append(OPENED_ANEW, 7));
        commit(new Operation.OpenOutbox(LOWERED, 3_000_000, 20));
        commit(new Operation.ForgetOutbox(FORGOTTEN), new Operation.ForgetOutbox(OPENED_ANEW));
        commit(new Operation.OpenOutbox(OPENED_ANEW, 90, 70));
        commit(append(OPENED_ANEW, 8));
    }

    private void useThemAgain() {
        commit(append(GAPPED, 1), append(GAPPED, 2 * GAPS - 1), append(GAPPED, 2));
        commit(append(LOWERED, 4), append(LOWERED, 5), append(LOWERED, 6));
        commit(append(FORGOTTEN, 7), append(OPENED_ANEW, 7), append(OPENED_ANEW, 8));
        commit(new Operation.OpenOutbox(FORGOTTEN, 1, Integer.MAX_VALUE));
    }

    private void passTime(Since since) {
        switch (since) {
            case NOTHING -> {}
            case CHECKPOINT -> fillUntilCheckpoint();
            case LET_GO -> fillAndEmptyUntilLetGo();
        }
    }

    private void fillUntilCheckpoint() {
        List<String> before = names("checkpoint-");
        for (int i = 0; before.containsAll(names("checkpoint-")); i++) {
            assertThat(i).as("commits before a checkpoint").isLessThan(1000);
            commit(append(8000), append(8000));
        }
    }

    private void fillAndEmptyUntilLetGo() {
        List<String> before = names("segment-");
        for (int i = 0; names("segment-").stream().anyMatch(before::contains); i++) {
            assertThat(i).as("commits before the segments are gone").isLessThan(1000);
            commit(append(8000), append(8000), append(8000));
            Operation[] removals =
                    expected.waiting().stream()
                            .filter(entry -> entry.sequence() % 50 > 0)
                            .limit(200)
                            .map(OutboxRecoveryTest::removal)
                            .toArray(Operation[]::new);
            commit(removals);
        }
    }

    private List<String> names(String prefix) {
        return disk.names().stream().filter(name -> name.startsWith(prefix)).toList();
    }

    private void reopen(End end) {
        if (end == End.CLOSE) {
            store.close();
        }
        disk = end == End.POWER_LOSS ? disk.afterPowerLoss() : disk.afterKill();
        store = EmbeddedStore.open(disk, CONFIG, Runnable::run);
        expected.reopened();
        expected.check(store);
    }

    private void commit(Operation... batch) {
        List<Outcome> outcomes = store.commit(List.of(batch));
        expected.apply(List.of(batch), outcomes);
    }

    private static Operation append(OutboxId id, long number) {
        return new Operation.Append(
                "bob", (byte) 0, 1000 + number, 9_000_000, bytes(8), new OutboxNumber(id, number));
    }

    private static Operation removal(ExpectedStore.Entry entry) {
        return new Operation.Remove(entry.mailbox(), entry.sequence(), Removal.ACKED);
    }

    private static Operation append(int size) {
        return new Operation.Append("alice", (byte) 0, 1, 9_000_000, bytes(size), null);
    }

    private static ByteBuffer bytes(int size) {
        return ByteBuffer.allocate(size);
    }
}
