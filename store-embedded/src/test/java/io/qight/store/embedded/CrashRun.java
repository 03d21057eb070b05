package io.qight.store.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.qight.store.ExpectedStore;
import io.qight.store.Operation;
import io.qight.store.Outcome;
import io.qight.store.RandomBatches;
import io.qight.store.StoreException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * One run of the search: random work on a store whose disk stops or fails at random steps, again
 * and again, also while the store is being opened. After each the opened store must hold what the
 * model says; of the commit that was in flight, its first operations may be there.
 *
 * <p>All on one thread, so that a seed always gives the same run: housekeeping is done between
 * commits, and commits are made in its midst.
 */
final class CrashRun {
    /** What ends a round. */
    enum Fault {
        KILL,
        POWER_LOSS,
        WRITE_FAILS,
        FORCE_FAILS,
        SYNC_FAILS,
        DISK_FULL
    }

    private static final int ROUNDS = 6;
    private static final int COMMITS_MAX = 80;

    private final Random random;
    private final EmbeddedStoreConfig config;
    private final List<Fault> faults;
    private final RandomBatches batches;
    private final Queue<Runnable> housekeeping = new ArrayDeque<>();
    private FaultyDisk disk;
    private ExpectedStore expected = new ExpectedStore();
    private List<Operation> inFlight = List.of();
    private boolean logAlone;
    private int emptying;
    private @Nullable EmbeddedStore keptHouse;
    private @Nullable AssertionError differed;
    private StoreException.@Nullable Failed failed;

    /** A run with these faults, chosen at random for each round. */
    CrashRun(long seed, EmbeddedStoreConfig config, List<Fault> faults) {
        this.random = new Random(seed);
        this.config = config;
        this.faults = faults;
        this.disk = new FaultyDisk(random.nextLong());
        this.batches =
                new RandomBatches(
                        random,
                        1 + random.nextInt(30),
                        1 + random.nextInt(20),
                        100 + random.nextInt(16_000));
    }

    /**
     * The same run with the checkpoint spoiled before each open, so that the log alone says what
     * the store holds. It need not say which outboxes were forgotten, so none is.
     */
    CrashRun withLogAlone() {
        logAlone = true;
        batches.withoutForgetting();
        return this;
    }

    /** Fails when the store and the model differ. */
    void run() {
        for (int round = 0; round < ROUNDS; round++) {
            Fault fault = faults.get(random.nextInt(faults.size()));
            // Few steps more often: opening takes a few of them, work takes hundreds.
            int steps = random.nextInt(1 << (1 + random.nextInt(10)));
            switch (fault) {
                case KILL, POWER_LOSS -> disk.stopAfter(steps + 1);
                case WRITE_FAILS -> disk.failOnce(FaultyDisk.Kind.WRITE, steps);
                case FORCE_FAILS -> disk.failOnce(FaultyDisk.Kind.FORCE, steps);
                case SYNC_FAILS -> disk.failOnce(FaultyDisk.Kind.SYNC, steps % 16);
                case DISK_FULL -> disk.capacity(disk.used() + random.nextInt(600_000));
            }
            workUntilItFails();
            expected.mayBeFull(disk.faults() > 0);
            disk.capacity(Long.MAX_VALUE);
            boolean killed =
                    fault == Fault.KILL || (fault != Fault.POWER_LOSS && random.nextBoolean());
            disk = killed ? disk.afterKill() : disk.afterPowerLoss();
            if (logAlone) {
                spoilCheckpoints();
            } else if (random.nextInt(3) == 0) {
                checkWhole();
            }
        }
        try (EmbeddedStore store = open()) {
            checkFound(store);
        }
    }

    /** What no disk lied about is whole, checkpoint included, however the store ended. */
    private void checkWhole() {
        if (disk.names().containsAll(List.of(Manifest.NAME, EmbeddedStore.LOCK_NAME))) {
            try {
                assertThat(StoreCheck.run(disk).damages()).as("damages").isEmpty();
            } catch (IOException e) {
                throw new AssertionError("the check could not read the store", e);
            }
        }
    }

    private void spoilCheckpoints() {
        for (String name : disk.names()) {
            if (name.startsWith("checkpoint-") && disk.size(name) > 0) {
                disk.flip(name, random.nextInt(disk.size(name)), random.nextInt(Byte.SIZE));
            }
        }
    }

    private EmbeddedStore open() {
        housekeeping.clear();
        failed = null;
        disk.beforeEachChange(this::commitInTheMidst);
        return EmbeddedStore.open(disk, config, housekeeping::add);
    }

    private void workUntilItFails() {
        try (EmbeddedStore store = open()) {
            checkFound(store);
            emptying = 20 + random.nextInt(60);
            int keepingHouse = 1 + random.nextInt(10);
            int commits = random.nextInt(COMMITS_MAX);
            for (int i = 0; i < commits; i++) {
                commit(store);
                if (random.nextInt(10) < keepingHouse) {
                    keepHouse(store);
                }
                if (random.nextInt(15) == 0) {
                    expected.check(store);
                }
            }
        } catch (StoreException.Failed | StoreException.CannotOpen | StoreException.Unreadable e) {
            if (!disk.stopped() && disk.faults() == 0) {
                throw e;
            }
        }
    }

    private void commit(EmbeddedStore store) {
        List<Operation> batch = batches.next(expected, emptying);
        inFlight = batch;
        List<Outcome> outcomes;
        try {
            outcomes = store.commit(batch);
        } catch (StoreException.Failed e) {
            checkReadersAfter(batch, store);
            throw e;
        }
        inFlight = List.of();
        // A segment that cannot be prepared is no failure of the commit that needs it.
        expected.mayBeFull(disk.stopped() || disk.faults() > 0);
        expected.apply(batch, outcomes);
    }

    /** A commit that failed ends writing for good, and readers see nothing of it. */
    private void checkReadersAfter(List<Operation> failedBatch, EmbeddedStore store) {
        assertThatThrownBy(() -> store.commit(failedBatch))
                .as("the writer ended for good")
                .isInstanceOf(StoreException.Failed.class);
        if (!disk.stopped()) {
            expected.check(store);
        }
    }

    private void keepHouse(EmbeddedStore store) {
        keptHouse = store;
        try {
            for (Runnable task = housekeeping.poll(); task != null; task = housekeeping.poll()) {
                task.run();
            }
        } finally {
            keptHouse = null;
        }
        if (differed != null) {
            throw differed;
        }
        if (failed != null) {
            throw failed;
        }
    }

    /** Commits while the housekeeper is at work, where it holds no lock that a commit needs. */
    private void commitInTheMidst() {
        EmbeddedStore store = keptHouse;
        if (store == null || random.nextInt(4) > 0 || holdsLocks()) {
            return;
        }
        keptHouse = null;
        try {
            commit(store);
            keptHouse = store;
        } catch (StoreException.Failed e) {
            failed = e;
        } catch (AssertionError e) {
            differed = e;
        }
    }

    private static boolean holdsLocks() {
        return StackWalker.getInstance()
                .walk(frames ->
                        frames.map(StackWalker.StackFrame::getClassName)
                                .anyMatch(name ->
                                        name.equals(Writer.class.getName())
                                                || name.equals(Preparation.class.getName())));
    }

    private void checkFound(EmbeddedStore store) {
        expected = expected.afterCrash(inFlight, store);
        inFlight = List.of();
    }
}
