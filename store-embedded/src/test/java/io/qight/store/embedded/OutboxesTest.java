package io.qight.store.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import io.qight.store.OutboxId;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class OutboxesTest {
    @Test
    void neededOutboxesAreTheOnesWithTheLowestBatchesHoweverTheyCame() {
        Outboxes outboxes = new Outboxes();
        TreeMap<Long, Long> bases = new TreeMap<>();
        Random random = new Random(1);
        for (int step = 0; step < 2000; step++) {
            long id = random.nextInt(20);
            if (random.nextInt(5) == 0) {
                assertThat(outboxes.remove(new OutboxId(1, id)))
                        .isEqualTo(bases.remove(id) != null);
            } else {
                long base = random.nextInt(100);
                outboxes.put(new Outbox(new OutboxId(1, id), 1, 1, base));
                bases.put(id, base);
            }
            long batch = random.nextInt(100);
            assertThat(outboxes.needing(batch, 100))
                    .extracting(Outbox::baseBatch)
                    .isEqualTo(
                            bases.values().stream()
                                    .filter(base -> base <= batch)
                                    .sorted()
                                    .toList());
            assertThat(outboxes.size()).isEqualTo(bases.size());
        }
    }
}
