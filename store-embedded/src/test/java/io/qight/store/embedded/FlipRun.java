package io.qight.store.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import io.qight.store.ExpectedStore;
import io.qight.store.Operation;
import io.qight.store.RandomBatches;
import io.qight.store.StoreException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * One run of the search for lies: a store is worked on and ends, one bit of what is durable flips,
 * and the store is opened and worked on again. It must be as the model says, or name a file and an
 * offset. Only the last commit before a kill may be gone without a word: its bytes cannot be told
 * from a write that the kill tore.
 */
final class FlipRun {
    private final Random random;
    private final EmbeddedStoreConfig config;
    private final RandomBatches batches;
    private FaultyDisk disk;
    private ExpectedStore expected = new ExpectedStore();
    private ExpectedStore beforeLast = expected;
    private List<Operation> last = List.of();

    FlipRun(long seed, EmbeddedStoreConfig config) {
        this.random = new Random(seed);
        this.config = config;
        this.disk = new FaultyDisk(random.nextLong());
        this.batches = new RandomBatches(random, 10, 12, 4000);
    }

    /** Returns whether the flip was noticed; fails when it did harm in silence. */
    boolean run() {
        EmbeddedStore store = EmbeddedStore.open(disk, config, Runnable::run);
        work(store, 20 + random.nextInt(80));
        boolean ended = random.nextBoolean();
        if (ended) {
            store.close();
        }
        disk = disk.afterKill();
        flip();
        boolean checkNoticed = checkNotices();
        try (EmbeddedStore flipped = EmbeddedStore.open(disk, config, Runnable::run)) {
            if (ended) {
                expected.reopened();
                expected.check(flipped);
            } else {
                expected = beforeLast.afterCrash(last, flipped);
            }
            // Compaction must not carry the damage on as if it were right.
            work(flipped, 40);
            expected.check(flipped);
            return false;
        } catch (StoreException.Damaged e) {
            assertThat(e).hasMessageMatching("/faulty/.* is damaged.*");
            assertThat(checkNoticed).as("the check notices what the store does: %s", e).isTrue();
            return true;
        } catch (StoreException.CannotOpen e) {
            assertThat(e).hasMessageMatching("/faulty/.*");
            assertThat(checkNoticed).as("the check notices what the store does: %s", e).isTrue();
            return true;
        }
    }

    private boolean checkNotices() {
        try {
            return !StoreCheck.run(disk).isWhole();
        } catch (StoreException.Damaged | StoreException.CannotOpen e) {
            return true;
        } catch (IOException e) {
            throw new AssertionError("the check could not read the store", e);
        }
    }

    private void work(EmbeddedStore store, int commits) {
        int emptying = 20 + random.nextInt(50);
        for (int i = 0; i < commits; i++) {
            last = batches.next(expected, emptying);
            beforeLast = expected.copy();
            expected.apply(last, store.commit(last));
        }
    }

    /** Flips a bit, sooner where something was written than among the zeros of prepared space. */
    private void flip() {
        List<String> names = new ArrayList<>(disk.names());
        names.removeIf(name -> disk.size(name) == 0);
        String name = names.get(random.nextInt(names.size()));
        int position = random.nextInt(disk.size(name));
        for (int tries = 0; tries < 20 && disk.byteAt(name, position) == 0; tries++) {
            position = random.nextInt(disk.size(name));
        }
        disk.flip(name, position, random.nextInt(Byte.SIZE));
    }
}
