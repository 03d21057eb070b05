package io.qight.store.embedded;

import io.qight.store.Durability;
import io.qight.store.ExpectedStore;
import io.qight.store.Operation;
import io.qight.store.RandomBatches;
import io.qight.store.Seeds;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Random work in small segments, so that they are freed, copied and checkpointed all the time. */
class RandomWorkTest {
    private static final int SEGMENT_BYTES = 64 << 10;

    @Test
    void storeIsAsTheModelSaysAfterKillsAndOrderlyEnds() {
        Seeds.each(40, seed -> work(seed, new Random(seed)));
    }

    private static void work(long seed, Random random) {
        EmbeddedStoreConfig config =
                EmbeddedStoreConfig.defaults()
                        .withSegmentBytes(SEGMENT_BYTES)
                        .withDurability(random.nextBoolean() ? Durability.FSYNC : Durability.OS);
        ExpectedStore expected = new ExpectedStore();
        RandomBatches batches =
                new RandomBatches(
                        random, 1 + random.nextInt(40), 60, 1 + random.nextInt(4000) + 16);
        FaultyDisk disk = new FaultyDisk(seed);
        EmbeddedStore store = EmbeddedStore.open(disk, config, Runnable::run);
        int emptying = 30;
        for (int i = 0; i < 400; i++) {
            if (i % 25 == 0) {
                emptying = expected.waiting().size() > 400 ? 80 : 20 + random.nextInt(50);
            }
            List<Operation> batch = batches.next(expected, emptying);
            expected.apply(batch, store.commit(batch));
            if (random.nextInt(30) == 0) {
                if (random.nextBoolean()) {
                    disk = disk.afterKill();
                } else {
                    store.close();
                }
                store = EmbeddedStore.open(disk, config, Runnable::run);
                expected.reopened();
            }
            if (i % 10 == 0) {
                expected.check(store);
            }
        }
        expected.check(store);
        store.close();
    }
}
