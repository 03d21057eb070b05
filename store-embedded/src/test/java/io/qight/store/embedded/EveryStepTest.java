package io.qight.store.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import io.qight.store.ExpectedStore;
import io.qight.store.Operation;
import io.qight.store.Outcome;
import io.qight.store.RandomBatches;
import io.qight.store.Seeds;
import io.qight.store.StoreException;
import java.io.IOException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * The same work, stopped at each step that it makes on the disk, one run for each: commits, new
 * segments, copies, checkpoints and what is removed after them.
 */
final class EveryStepTest {
    private static final EmbeddedStoreConfig SMALL =
            EmbeddedStoreConfig.defaults().withSegmentBytes(64 << 10);
    private static final int COMMITS = 80;
    private static final int STEPS_OF_OPENING = 14;

    /** So many disks lose their power where several names may come out either way. */
    private static final int DISKS = 24;

    @Test
    void storeSurvivesALossOfPowerAtEachStep() {
        Seeds.each(1, seed -> stopAtEachStep(seed, false));
    }

    @Test
    void storeSurvivesAKillAtEachStepAndALossOfPowerWhileItIsOpenedAgain() {
        Seeds.each(1, seed -> stopAtEachStep(seed, true));
    }

    private static void stopAtEachStep(long seed, boolean killFirst) {
        int steps = 0;
        boolean stopped = true;
        while (stopped) {
            steps++;
            Run first = new Run(seed, steps, 0);
            stopped = first.stops(killFirst);
            for (int disk = 1; disk < DISKS && first.unsyncedNames > 1; disk++) {
                new Run(seed, steps, disk).stops(killFirst);
            }
        }
        assertThat(steps).as("steps").isGreaterThan(300);
    }

    /** The work up to one step. */
    private static final class Run {
        private final int step;
        private final Random disksRandom;
        private final RandomBatches batches;
        private FaultyDisk disk;
        private ExpectedStore expected = new ExpectedStore();
        private List<Operation> inFlight = List.of();
        private int unsyncedNames;

        Run(long seed, int step, int disks) {
            this.step = step;
            this.disksRandom = new Random(31 * (31 * seed + step) + disks);
            this.batches = new RandomBatches(new Random(seed), 3, 12, 16_000);
            this.disk = new FaultyDisk(disksRandom.nextLong());
        }

        /** Checks what is found after the step; false if the work is done before. */
        boolean stops(boolean killFirst) {
            disk.stopAfter(step);
            work();
            if (!disk.stopped()) {
                return false;
            }
            unsyncedNames = disk.unsyncedNames();
            if (killFirst) {
                disk = disk.afterKill();
                disk.stopAfter(1 + disksRandom.nextInt(STEPS_OF_OPENING));
                openAndEnd();
            }
            disk = disk.afterPowerLoss();
            checkWhole();
            try (EmbeddedStore store = EmbeddedStore.open(disk, SMALL, Runnable::run)) {
                expected.afterCrash(inFlight, store);
            } catch (StoreException | AssertionError e) {
                throw new AssertionError("at step " + step, e);
            }
            return true;
        }

        private void work() {
            try (EmbeddedStore store = EmbeddedStore.open(disk, SMALL, Runnable::run)) {
                for (int i = 0; i < COMMITS; i++) {
                    inFlight = batches.next(expected, 25);
                    List<Outcome> outcomes = store.commit(inFlight);
                    expected.mayBeFull(disk.stopped());
                    expected.apply(inFlight, outcomes);
                    inFlight = List.of();
                }
            } catch (StoreException.Failed | StoreException.CannotOpen e) {
                expected.mayBeFull(true);
            }
        }

        private void openAndEnd() {
            try {
                EmbeddedStore.open(disk, SMALL, Runnable::run).close();
            } catch (StoreException.CannotOpen e) {
                assertThat(disk.stopped()).as("the disk stopped").isTrue();
            }
        }

        private void checkWhole() {
            if (disk.names().containsAll(List.of(Manifest.NAME, EmbeddedStore.LOCK_NAME))) {
                try {
                    assertThat(StoreCheck.run(disk).damages()).as("step %d", step).isEmpty();
                } catch (IOException e) {
                    throw new AssertionError("the check could not read the store", e);
                }
            }
        }
    }
}
