package io.qight.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ScheduleTest {
    @Test
    void theFirstIsDueAtTheStart() {
        Schedule schedule = new Schedule(1_000, 10);
        assertThat(schedule.due(999)).isZero();
        assertThat(schedule.due(1_000)).isEqualTo(1);
        assertThat(schedule.due(1_000 + 99_999_999)).isEqualTo(1);
        assertThat(schedule.due(1_000 + 100_000_000)).isEqualTo(2);
    }

    @Test
    void asManyAsTheRateAreDueInASecond() {
        for (long rate : new long[] {1, 3, 7, 1_000, 999_983, 10_000_000}) {
            Schedule schedule = new Schedule(-5_000_000_000L, rate);
            assertThat(schedule.due(-1)).isEqualTo(5 * rate);
            assertThat(schedule.intendedNanos(5 * rate)).isZero();
        }
    }

    @Test
    void eachIsDueFromItsIntendedTimeOnAndNotBefore() {
        long seed = Long.getLong("qight.seed", System.nanoTime());
        SplittableRandom random = new SplittableRandom(seed);
        int cases = 10_000 * Integer.getInteger("qight.effort", 1);
        for (int i = 0; i < cases; i++) {
            long rate = random.nextLong(1, 10_000_001);
            Schedule schedule = new Schedule(random.nextLong(1L << 60), rate);
            // Within 136 years: a count of nanoseconds ends after 292.
            long number = random.nextLong(Math.min(1L << 40, rate << 32));
            long intended = schedule.intendedNanos(number);
            assertThat(schedule.due(intended))
                    .as("seed %d: %s, number %d", seed, schedule, number)
                    .isGreaterThan(number);
            assertThat(schedule.due(intended - 1))
                    .as("seed %d: %s, number %d", seed, schedule, number)
                    .isLessThanOrEqualTo(number);
        }
    }
}
