package io.qight.store.embedded;

import io.qight.store.ExpectedStore;
import io.qight.store.Operation;
import io.qight.store.RandomBatches;
import io.qight.store.Seeds;
import java.lang.Thread.State;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * The housekeeper is let loose in the midst of commits, which reach over several segments: between
 * any two steps on the disk it goes as far as it can.
 */
final class HousekeepingWithinCommitTest {
    private static final EmbeddedStoreConfig SMALL =
            EmbeddedStoreConfig.defaults().withSegmentBytes(64 << 10);
    private static final int COMMITS_MAX = 60;
    private static final Set<State> STANDING =
            EnumSet.of(State.WAITING, State.BLOCKED, State.TERMINATED);

    @Test
    void nothingIsLostThatACommitUnderWayHasWritten() {
        Seeds.each(300, seed -> new Run(seed).check());
    }

    private static final class Run {
        private final Random random;
        private final RandomBatches batches;
        private final FaultyDisk disk;
        private final ExpectedStore expected = new ExpectedStore();
        private final Deque<Runnable> housekeeping = new ArrayDeque<>();
        private final Thread writer = Thread.currentThread();
        private @Nullable Thread housekeeper;

        Run(long seed) {
            random = new Random(seed);
            batches = new RandomBatches(new Random(seed), 3, 24, 40_000);
            disk = new FaultyDisk(seed);
        }

        void check() {
            EmbeddedStore store = EmbeddedStore.open(disk, SMALL, housekeeping::add);
            disk.beforeEachChange(this::mayKeepHouse);
            for (int left = 1 + random.nextInt(COMMITS_MAX); left > 0; left--) {
                List<Operation> batch = batches.next(expected, random.nextBoolean() ? 70 : 10);
                expected.apply(batch, store.commit(batch));
                awaitHousekeeper();
            }
            FaultyDisk killed = disk.afterKill();
            try (EmbeddedStore again = EmbeddedStore.open(killed, SMALL, Runnable::run)) {
                expected.afterCrash(List.of(), again);
            }
        }

        /** Starts it, and goes on when it has ended or cannot before the commit has. */
        private void mayKeepHouse() {
            boolean committing = Thread.currentThread().equals(writer);
            if (!committing || housekeeper != null || random.nextInt(8) > 0) {
                return;
            }
            Runnable work = housekeeping.poll();
            if (work != null) {
                housekeeper = new Thread(work, "housekeeper");
                housekeeper.start();
                while (!STANDING.contains(housekeeper.getState())) {
                    Thread.onSpinWait();
                }
            }
        }

        private void awaitHousekeeper() {
            if (housekeeper != null) {
                try {
                    housekeeper.join();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
                housekeeper = null;
            }
        }
    }
}
