package io.qight.client.v1;

import static org.assertj.core.api.Assertions.assertThat;

import io.qight.wire.v1.Ranges;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class NumberSetTest {
    private static final long SEED = Long.getLong("qight.seed", System.nanoTime());

    private static final int ROUNDS = 200 * Integer.getInteger("qight.effort", 1);

    @Test
    void anyOrderGivesTheFewestRanges() {
        Random random = new Random(SEED);
        for (int round = 0; round < ROUNDS; round++) {
            NumberSet set = new NumberSet();
            TreeSet<Long> expected = new TreeSet<>();
            int count = 1 + random.nextInt(60);
            for (int i = 0; i < count; i++) {
                long number = random.nextInt(80) + 1L;
                set.add(number);
                expected.add(number);
            }
            long[] sorted = expected.stream().mapToLong(Long::longValue).toArray();

            assertThat(set.poll()).as("seed " + SEED).isEqualTo(Ranges.ofSorted(sorted));
            assertThat(set.isEmpty()).isTrue();
        }
    }

    @Test
    void aFrameTakes1024Ranges() {
        NumberSet set = new NumberSet();
        for (long number = 1; number <= 4_000; number += 2) {
            set.add(number);
        }

        assertThat(set.poll().list()).hasSize(1_024);
        assertThat(set.poll().list()).hasSize(976);
        assertThat(set.isEmpty()).isTrue();
    }
}
