package io.qight.store.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.qight.store.ExpectedStore;
import io.qight.store.Operation;
import io.qight.store.Outcome;
import io.qight.store.RandomBatches;
import io.qight.store.Removal;
import io.qight.store.Seeds;
import io.qight.store.StoreException;
import io.qight.wire.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;

/** What the store does on a disk that is full or fails, and goes on. */
final class EmbeddedStoreFaultTest {
    private static final EmbeddedStoreConfig SMALL =
            EmbeddedStoreConfig.defaults().withSegmentBytes(64 << 10);
    private static final Outcome FULL = new Outcome.Refused(ErrorCode.STORE_FULL);

    @Test
    void fullDiskIsEmptiedByRemovalsAndTakesAppendsAgain() {
        Seeds.each(40, EmbeddedStoreFaultTest::fillAndEmpty);
    }

    @Test
    void failedReadIsUnreadableAndTheStoreGoesOn() {
        FaultyDisk disk = new FaultyDisk(1);
        ExpectedStore expected = new ExpectedStore();
        RandomBatches batches = new RandomBatches(new Random(1), 5, 10, 1000);
        try (EmbeddedStore store = EmbeddedStore.open(disk, SMALL, Runnable::run)) {
            List<Operation> batch = List.of(batches.append(null));
            expected.apply(batch, store.commit(batch));
            String mailbox = expected.waiting().get(0).mailbox();

            disk.failAll(FaultyDisk.Kind.READ, true);
            assertThatThrownBy(() -> store.read(mailbox, 0, 1, 1))
                    .isInstanceOf(StoreException.Unreadable.class);
            List<Operation> more = batches.next(expected, 0);
            expected.apply(more, store.commit(more));
            disk.failAll(FaultyDisk.Kind.READ, false);
            expected.check(store);
        }
    }

    @Test
    void commitThatFailsForAnyReasonIsTheLast() {
        FaultyDisk disk = new FaultyDisk(1);
        ExpectedStore expected = new ExpectedStore();
        RandomBatches batches = new RandomBatches(new Random(1), 5, 10, 1000);
        EmbeddedStore store = EmbeddedStore.open(disk, SMALL, Runnable::run);
        List<Operation> batch = batches.next(expected, 0);
        expected.apply(batch, store.commit(batch));
        disk.beforeEachChange(() -> {
            throw new IllegalStateException("a bug");
        });
        List<Operation> broken = List.of(batches.append(null));
        assertThatThrownBy(() -> store.commit(broken)).hasMessage("a bug");
        disk.beforeEachChange(() -> {});

        assertThatThrownBy(() -> store.commit(broken)).isInstanceOf(StoreException.Failed.class);
        expected.check(store);
    }

    @Test
    void flippedBitDoesNoHarmInSilence() {
        LongAdder noticed = new LongAdder();
        Seeds.each(
                600,
                seed -> {
                    if (new FlipRun(seed, SMALL).run()) {
                        noticed.increment();
                    }
                });

        assertThat(noticed.sum()).as("flips that were noticed").isPositive();
    }

    private static void fillAndEmpty(long seed) {
        Random random = new Random(seed);
        FaultyDisk disk = new FaultyDisk(random.nextLong());
        disk.capacity((10 + random.nextInt(20)) * 64L * 1024);
        ExpectedStore expected = new ExpectedStore();
        expected.mayBeFull(true);
        RandomBatches batches = new RandomBatches(random, 10, 40, 8000);
        EmbeddedStore store = EmbeddedStore.open(disk, SMALL, Runnable::run);
        long fullBytes = 0;
        for (int cycle = 0; cycle < 4; cycle++) {
            fill(store, expected, batches);
            long waitingBytes = store.statistics().waitingBytes();
            assertThat(waitingBytes)
                    .as("what fits on a disk that was full before, of %d bytes", fullBytes)
                    .isGreaterThan(fullBytes / 2);
            fullBytes = Math.max(fullBytes, waitingBytes);
            if (random.nextBoolean()) {
                store.close();
                disk = random.nextBoolean() ? disk.afterKill() : disk.afterPowerLoss();
                store = EmbeddedStore.open(disk, SMALL, Runnable::run);
                expected.reopened();
            }
            expected.check(store);
            empty(store, expected, random);
            expected.check(store);
        }
        store.close();
    }

    private static void fill(EmbeddedStore store, ExpectedStore expected, RandomBatches batches) {
        boolean full = false;
        for (int commits = 0; !full; commits++) {
            assertThat(commits).as("commits until the disk is full").isLessThan(3000);
            List<Operation> batch = batches.next(expected, 5);
            List<Outcome> outcomes = store.commit(batch);
            expected.apply(batch, outcomes);
            full = outcomes.contains(FULL);
        }
    }

    /** Removes all but a few, here and there. */
    private static void empty(EmbeddedStore store, ExpectedStore expected, Random random) {
        while (expected.waiting().size() > 5) {
            List<Operation> batch = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                ExpectedStore.Entry entry =
                        expected.waiting().get(random.nextInt(expected.waiting().size()));
                batch.add(new Operation.Remove(entry.mailbox(), entry.sequence(), Removal.ACKED));
            }
            expected.apply(batch, store.commit(batch));
        }
    }
}
