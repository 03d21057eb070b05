package io.qight.client.v1;

import static org.assertj.core.api.Assertions.assertThat;

import io.qight.client.Receipt;
import io.qight.client.RelayException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DeadlinesTest {
    private static final OutboxEntry.Sender NOBODY =
            new OutboxEntry.Sender() {
                @Override
                public void taken(Receipt receipt) {}

                @Override
                public void failed(RelayException failure) {}
            };

    private final Deadlines deadlines = new Deadlines();

    @Test
    void soonestComesFirst() {
        OutboxEntry late = entry(1);
        OutboxEntry soon = entry(2);
        deadlines.put(late, 30);
        deadlines.put(soon, 10);
        assertThat(deadlines.first()).isSameAs(soon);
        deadlines.put(soon, 40);
        assertThat(deadlines.first()).isSameAs(late);
        assertThat(deadlines.all()).containsExactly(late, soon);
        deadlines.remove(late);
        deadlines.remove(soon);
        assertThat(deadlines.isEmpty()).isTrue();
        assertThat(deadlines.first()).isNull();
    }

    @Test
    void sentFirstComesFirstOfEquals() {
        OutboxEntry first = entry(1);
        OutboxEntry second = entry(2);
        deadlines.put(second, 10);
        deadlines.put(first, 10);
        assertThat(deadlines.first()).isSameAs(first);
    }

    @Test
    void agreesWithASortedList() {
        long seed = Long.getLong("qight.seed", System.nanoTime());
        Random random = new Random(seed);
        List<OutboxEntry> expected = new ArrayList<>();
        Comparator<OutboxEntry> soonest =
                Comparator.<OutboxEntry>comparingLong(entry -> entry.giveUpMillis)
                        .thenComparingLong(entry -> entry.order);
        for (int i = 1; i <= 3_000; i++) {
            int step = random.nextInt(3);
            if (step == 0 || expected.isEmpty()) {
                OutboxEntry added = entry(i);
                deadlines.put(added, i + random.nextInt(50));
                expected.add(added);
            } else if (step == 1) {
                OutboxEntry moved = expected.get(random.nextInt(expected.size()));
                deadlines.put(moved, i + random.nextInt(100));
            } else {
                OutboxEntry gone = expected.remove(random.nextInt(expected.size()));
                deadlines.remove(gone);
            }
            expected.sort(soonest);
            assertThat(deadlines.all()).as("seed " + seed).isEqualTo(expected);
            assertThat(deadlines.first())
                    .as("seed " + seed)
                    .isSameAs(expected.isEmpty() ? null : expected.get(0));
        }
    }

    private static OutboxEntry entry(long order) {
        return new OutboxEntry(new OutgoingEnvelope("bob", 60_000, new byte[0]), 0, order, NOBODY);
    }
}
