package io.qight.relay.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.qight.relay.outbox.TakenNumbers.Known;
import io.qight.store.OutboxState;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TakenNumbersTest {
    private final TakenNumbers taken = new TakenNumbers(List.of());

    @Test
    void whatIsTakenIsTold() {
        taken.take(3);
        taken.take(5);
        assertThat(taken.of(3)).isEqualTo(Known.TAKEN);
        assertThat(taken.of(4)).isEqualTo(Known.FREE);
        assertThat(taken.of(6)).isEqualTo(Known.FREE);
        taken.take(4);
        assertThat(taken.of(4)).isEqualTo(Known.TAKEN);
        assertThat(taken.ranges()).isEqualTo(1);
    }

    @Test
    void whatTheStoreKnowsIsTaken() {
        TakenNumbers stored =
                new TakenNumbers(List.of(new OutboxState.Range(2, 4), new OutboxState.Range(9, 9)));
        assertThat(stored.of(1)).isEqualTo(Known.FREE);
        assertThat(stored.of(3)).isEqualTo(Known.TAKEN);
        assertThat(stored.of(5)).isEqualTo(Known.FREE);
        assertThat(stored.of(9)).isEqualTo(Known.TAKEN);
    }

    @Test
    void onlyTheWindowBelowTheHighestIsToldApart() {
        taken.take(100_000);
        assertThat(taken.of(100_000 - TakenNumbers.WINDOW)).isEqualTo(Known.TOO_LOW);
        assertThat(taken.of(100_000 - TakenNumbers.WINDOW + 1)).isEqualTo(Known.FREE);
        assertThat(taken.of(1)).isEqualTo(Known.TOO_LOW);
        taken.take(1);
        assertThat(taken.ranges()).isEqualTo(1);
    }

    @Test
    void whatFallsOutOfTheWindowIsForgotten() {
        for (long number = 1; number < 200_000; number += 2) {
            taken.take(number);
        }
        assertThat(taken.ranges()).isLessThanOrEqualTo((int) TakenNumbers.WINDOW / 2 + 1);
        assertThat(taken.of(199_999)).isEqualTo(Known.TAKEN);
        assertThat(taken.of(199_998)).isEqualTo(Known.FREE);
    }

    @Test
    void agreesWithASet() {
        long seed = Long.getLong("qight.seed", System.nanoTime());
        Random random = new Random(seed);
        Set<Long> expected = new HashSet<>();
        for (int i = 0; i < 2_000; i++) {
            long number = 1L + random.nextInt(1_000);
            taken.take(number);
            expected.add(number);
            long asked = 1L + random.nextInt(1_000);
            assertThat(taken.of(asked) == Known.TAKEN)
                    .as("seed " + seed)
                    .isEqualTo(expected.contains(asked));
        }
    }
}
