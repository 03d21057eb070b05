package io.qight.store.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.qight.store.Durability;
import io.qight.store.Operation;
import io.qight.store.OutboxId;
import io.qight.store.OutboxNumber;
import io.qight.store.OutboxState;
import io.qight.store.Outcome;
import io.qight.store.Removal;
import io.qight.store.StoreException;
import io.qight.store.StoredEnvelope;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Segments come and go beside the writer, on a real disk. */
class HousekeepingTest {
    private static final int SEGMENT_BYTES = 64 << 10;
    private static final EmbeddedStoreConfig CONFIG =
            EmbeddedStoreConfig.defaults().withSegmentBytes(SEGMENT_BYTES);
    private static final OutboxId OUTBOX = new OutboxId(1, 2);

    @TempDir Path directory;

    @Test
    void drainedStoreIsAsSmallAsAFreshOne() {
        FaultyDisk disk = new FaultyDisk(1);
        try (EmbeddedStore store = EmbeddedStore.open(disk, CONFIG, Runnable::run)) {
            for (int i = 0; i < 2000; i++) {
                append(store, "mailbox-" + i % 100, 1000);
            }
            assertThat(store.statistics().mediumBytes()).isGreaterThan(2_000_000);
            for (int i = 0; i < 100; i++) {
                removeAll(store, "mailbox-" + i);
            }
            assertThat(store.statistics().waiting()).isZero();
            assertThat(disk.used()).isLessThan(10 * SEGMENT_BYTES);
        }
    }

    @Test
    void fewEnvelopesThatStayDoNotKeepTheirSegments() {
        FaultyDisk disk = new FaultyDisk(1);
        EmbeddedStore store = EmbeddedStore.open(disk, CONFIG, Runnable::run);
        List<Long> kept = new ArrayList<>();
        for (int i = 0; i < 5000; i++) {
            if (i % 50 == 0) {
                kept.add(append(store, "kept", 10));
            }
            append(store, "bob", 1000);
            if (i % 10 == 9) {
                removeAll(store, "bob");
            }
        }
        assertThat(disk.used()).isLessThan(16 * SEGMENT_BYTES);
        disk = disk.afterKill();
        store = EmbeddedStore.open(disk, CONFIG, Runnable::run);

        assertThat(store.read("kept", 0, 1000, 1 << 20))
                .extracting(StoredEnvelope::sequence)
                .isEqualTo(kept);
        assertThat(store.statistics().waiting()).isEqualTo(kept.size());
    }

    @Test
    void outboxesAndFailuresOutliveTheirSegments() {
        FaultyDisk disk = new FaultyDisk(1);
        EmbeddedStore store = EmbeddedStore.open(disk, CONFIG, Runnable::run);
        store.commit(List.of(new Operation.OpenOutbox(OUTBOX, 10, 1_000_000)));
        long first = append(store, "bob", 5, new OutboxNumber(OUTBOX, 1));
        append(store, "bob", 5, new OutboxNumber(OUTBOX, 3));
        store.commit(List.of(new Operation.SetFailures("bob", first, 7)));
        for (int i = 0; i < 1000; i++) {
            append(store, "other", 1000);
            removeAll(store, "other");
        }
        disk = disk.afterKill();
        store = EmbeddedStore.open(disk, CONFIG, Runnable::run);

        assertThat(store.outbox(OUTBOX).map(OutboxState::taken))
                .contains(List.of(new OutboxState.Range(1, 1), new OutboxState.Range(3, 3)));
        assertThat(store.read("bob", 0, 2, 100))
                .extracting(StoredEnvelope::failures)
                .containsExactly(7, 0);
        assertThat(store.commit(List.of(operation("bob", 1, new OutboxNumber(OUTBOX, 3)))))
                .containsExactly(new Outcome.Duplicate());
    }

    @Test
    void readersSeeWholeEnvelopesWhileSegmentsAreCopiedAndUsedAgain() throws Exception {
        AtomicBoolean done = new AtomicBoolean();
        EmbeddedStoreConfig unsynced = CONFIG.withDurability(Durability.OS);
        try (EmbeddedStore store = EmbeddedStore.open(directory, unsynced)) {
            CompletableFuture<Long> reader =
                    CompletableFuture.supplyAsync(() -> readUntil(done, store));
            Deque<Long> waiting = new ArrayDeque<>();
            for (int i = 0; i < 6000; i++) {
                append(store, "kept", 8);
                waiting.add(append(store, "bob", 2000));
                if (waiting.size() > 20) {
                    remove(store, "bob", waiting.remove());
                }
                if (i % 7 == 0) {
                    long oldest = store.read("kept", 0, 1, 100).get(0).sequence();
                    remove(store, "kept", oldest);
                }
            }
            done.set(true);
            assertThat(reader.get(1, TimeUnit.MINUTES)).isPositive();
            assertThat(store.statistics().waiting())
                    .isEqualTo(store.statistics().appended() - 6000 + 20 - 858);
        }
        assertThat(StoreCheck.run(directory).damages()).isEmpty();
    }

    @Test
    void directoryHasOneStoreAtATime() {
        EmbeddedStore store = EmbeddedStore.open(directory, CONFIG);
        assertThatThrownBy(() -> EmbeddedStore.open(directory, CONFIG))
                .isInstanceOf(StoreException.CannotOpen.class)
                .hasMessageContaining("in use");
        assertThatThrownBy(() -> StoreCheck.run(directory))
                .isInstanceOf(StoreException.CannotOpen.class)
                .hasMessageContaining("in use");
        append(store, "bob", 1);
        store.close();

        assertThat(StoreCheck.run(directory).waiting()).isEqualTo(1);
        try (EmbeddedStore again = EmbeddedStore.open(directory, CONFIG)) {
            assertThat(again.statistics().waiting()).isEqualTo(1);
        }
    }

    @Test
    void interruptedReaderHarmsNobody() {
        try (EmbeddedStore store = EmbeddedStore.open(directory, CONFIG)) {
            append(store, "bob", 100);
            Thread.currentThread().interrupt();
            assertThat(store.read("bob", 0, 1, 100)).hasSize(1);
            assertThat(Thread.interrupted()).isTrue();
            assertThat(store.read("bob", 0, 1, 100)).hasSize(1);
            append(store, "bob", 100);
        }
    }

    private static long readUntil(AtomicBoolean done, EmbeddedStore store) {
        long seen = 0;
        while (!done.get()) {
            for (String name : List.of("bob", "kept")) {
                for (StoredEnvelope envelope : store.read(name, 0, 200, 1 << 20)) {
                    assertThat(envelope.bytes().get(0)).isEqualTo((byte) 9);
                    seen++;
                }
            }
        }
        return seen;
    }

    private static void removeAll(EmbeddedStore store, String mailbox) {
        List<Operation> batch = new ArrayList<>();
        for (StoredEnvelope envelope : store.read(mailbox, 0, 1000, 1 << 20)) {
            batch.add(new Operation.Remove(mailbox, envelope.sequence(), Removal.ACKED));
        }
        store.commit(batch);
    }

    private static void remove(EmbeddedStore store, String mailbox, long sequence) {
        assertThat(store.commit(List.of(new Operation.Remove(mailbox, sequence, Removal.ACKED))))
                .containsExactly(new Outcome.Done());
    }

    private static long append(EmbeddedStore store, String mailbox, int bytes) {
        return sequence(store.commit(List.of(operation(mailbox, bytes, null))));
    }

    private static long append(
            EmbeddedStore store, String mailbox, int bytes, OutboxNumber outbox) {
        return sequence(store.commit(List.of(operation(mailbox, bytes, outbox))));
    }

    private static long sequence(List<Outcome> outcomes) {
        assertThat(outcomes.get(0)).isInstanceOf(Outcome.Stored.class);
        return ((Outcome.Stored) outcomes.get(0)).sequence();
    }

    private static Operation operation(String mailbox, int bytes, @Nullable OutboxNumber outbox) {
        byte[] filled = new byte[bytes];
        Arrays.fill(filled, (byte) 9);
        return new Operation.Append(mailbox, (byte) 0, 1, 2, ByteBuffer.wrap(filled), outbox);
    }
}
