package io.qight.store.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import io.qight.store.Operation;
import io.qight.store.Removal;
import io.qight.store.StoreStatistics;
import io.qight.store.StoredEnvelope;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CheckpointTest {
    private static final EmbeddedStoreConfig CONFIG =
            EmbeddedStoreConfig.defaults().withSegmentBytes(64 << 10);

    private FaultyDisk disk = new FaultyDisk(1);

    @Test
    void checkpointOfManySectionsHoldsEverything() throws IOException {
        EmbeddedStore store = open();
        fill(store, 30_000, 3000);
        fill(store, 10_000, 1);
        assertThat(disk.size(checkpoint())).isGreaterThan(Sections.BODY_BYTES);

        StoreStatistics found = reopen().statistics();

        assertThat(found.waiting()).isEqualTo(40_000);
        assertThat(found.mailboxes()).isEqualTo(3000);
    }

    @Test
    void flippedBitInTheCheckpointOnlyCostsTime() throws IOException {
        EmbeddedStore store = open();
        fill(store, 10_000, 100);
        for (StoredEnvelope envelope : store.read("mailbox-7", 0, 50, 1 << 20)) {
            store.commit(
                    List.of(new Operation.Remove("mailbox-7", envelope.sequence(), Removal.ACKED)));
        }
        String name = checkpoint();
        disk.flip(name, disk.size(name) / 2, 3);

        EmbeddedStore reopened = reopen();

        assertThat(reopened.statistics().waiting()).isEqualTo(9950);
        assertThat(reopened.read("mailbox-7", 0, 100, 1 << 20)).hasSize(50);
    }

    @Test
    void missingCheckpointOnlyCostsTime() throws IOException {
        fill(open(), 10_000, 100);
        disk.delete(checkpoint());

        assertThat(reopen().statistics().waiting()).isEqualTo(10_000);
    }

    private EmbeddedStore open() {
        return EmbeddedStore.open(disk, CONFIG, Runnable::run);
    }

    private EmbeddedStore reopen() {
        disk = disk.afterKill();
        return open();
    }

    private String checkpoint() throws IOException {
        return disk.list().stream()
                .filter(name -> name.startsWith("checkpoint-"))
                .findFirst()
                .orElseThrow();
    }

    private static void fill(EmbeddedStore store, int count, int mailboxes) {
        List<Operation> batch = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            batch.add(
                    new Operation.Append(
                            "mailbox-" + i % mailboxes,
                            (byte) 1,
                            1,
                            1_000_000L + i,
                            ByteBuffer.allocate(16),
                            null));
            if (batch.size() == 100) {
                store.commit(batch);
                batch.clear();
            }
        }
    }
}
