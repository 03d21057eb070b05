package io.qight.store.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import io.qight.store.ExpectedStore;
import io.qight.store.Operation;
import io.qight.store.Removal;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * What is removed while its record is being copied stays removed, whatever goes before whatever.
 */
class CompactionTest {
    private static final EmbeddedStoreConfig SMALL =
            EmbeddedStoreConfig.defaults().withSegmentBytes(64 << 10);
    private static final String KEPT = "kept";

    private final Random random = new Random(1);
    private final ExpectedStore expected = new ExpectedStore();
    private FaultyDisk disk = new FaultyDisk(1);
    private EmbeddedStore store = open();
    private boolean inTheMidst;
    private int removedInTheMidst;

    @Test
    void removalsDuringACopyAreNotLostWithTheirSegment() {
        for (int i = 0; i < 600; i++) {
            if (i % 20 < 8) {
                commit(List.of(append(KEPT, 10), append(KEPT, 10)));
            }
            // What is removed while the segments of before are copied is removed by a segment that
            // has nothing that stays, and goes soon.
            commit(List.of(append("bob", 15_000), append("bob", 15_000)));
            commit(removals("bob", 10));
            if (i % 20 == 19) {
                reopenByTheLogAlone();
            }
        }
        assertThat(removedInTheMidst).isGreaterThan(50);
    }

    private EmbeddedStore open() {
        disk.beforeEachChange(this::removeInTheMidst);
        return EmbeddedStore.open(disk, SMALL, Runnable::run);
    }

    private void reopenByTheLogAlone() {
        disk = disk.afterKill();
        for (String name : disk.names()) {
            if (name.startsWith("checkpoint-")) {
                disk.flip(name, disk.size(name) - 1, 0);
            }
        }
        store = open();
        expected.reopened();
        expected.check(store);
    }

    /** Removes one that is kept, while a copy is made and no lock is held. */
    private void removeInTheMidst() {
        List<String> classes =
                StackWalker.getInstance()
                        .walk(frames -> frames.map(StackWalker.StackFrame::getClassName).toList());
        if (!inTheMidst
                && classes.contains(Compaction.class.getName())
                && !classes.contains(Preparation.class.getName())
                && random.nextInt(3) == 0) {
            inTheMidst = true;
            List<Operation> removals = removals(KEPT, 1);
            commit(removals);
            removedInTheMidst += removals.size();
            inTheMidst = false;
        }
    }

    private void commit(List<Operation> batch) {
        expected.apply(batch, store.commit(batch));
    }

    private List<Operation> removals(String mailbox, int max) {
        List<ExpectedStore.Entry> entries =
                new ArrayList<>(
                        expected.waiting().stream()
                                .filter(entry -> entry.mailbox().equals(mailbox))
                                .toList());
        Collections.shuffle(entries, random);
        return entries.stream()
                .limit(max)
                .map(entry ->
                        (Operation) new Operation.Remove(mailbox, entry.sequence(), Removal.ACKED))
                .toList();
    }

    private static Operation append(String mailbox, int size) {
        return new Operation.Append(
                mailbox, (byte) 0, 1, 9_000_000, ByteBuffer.allocate(size), null);
    }
}
