package io.qight.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RateLimitTest {
    private static final long MILLI = 1_000_000;

    /** A byte takes a microsecond. */
    private static final NetworkConditions SLOW =
            NetworkConditions.CLEAN.withRate(1_000_000, 3_000);

    private final RateLimit limit = new RateLimit();

    @Test
    void withoutARateEverythingIsThroughAtOnce() {
        assertThat(limit.throughAtNanos(1_000, 5, NetworkConditions.CLEAN)).isEqualTo(5);
    }

    @Test
    void eachWaitsForThoseBeforeIt() {
        assertThat(limit.throughAtNanos(1_000, 0, SLOW)).isEqualTo(MILLI);
        assertThat(limit.throughAtNanos(1_000, 0, SLOW)).isEqualTo(2 * MILLI);
        assertThat(limit.throughAtNanos(1_000, 5 * MILLI, SLOW)).isEqualTo(6 * MILLI);
    }

    @Test
    void whatFindsTheQueueFullIsDropped() {
        for (int i = 1; i <= 3; i++) {
            assertThat(limit.throughAtNanos(1_000, 0, SLOW)).isEqualTo(i * MILLI);
        }
        assertThat(limit.throughAtNanos(1, 0, SLOW)).isEqualTo(RateLimit.FULL);
        assertThat(limit.throughAtNanos(1_000, MILLI, SLOW)).isEqualTo(4 * MILLI);
        assertThat(limit.throughAtNanos(1_000, MILLI, SLOW)).isEqualTo(RateLimit.FULL);
    }

    @Test
    void anEmptyLineTakesAPacketLargerThanTheQueue() {
        assertThat(limit.throughAtNanos(9_000, 0, SLOW)).isEqualTo(9 * MILLI);
        assertThat(limit.throughAtNanos(1, 0, SLOW)).isEqualTo(RateLimit.FULL);
    }

    @Test
    void aRateThatEndsHoldsNothingUp() {
        limit.throughAtNanos(9_000, 0, SLOW);
        assertThat(limit.throughAtNanos(1_000, MILLI, NetworkConditions.CLEAN)).isEqualTo(MILLI);
        assertThat(limit.throughAtNanos(1_000, MILLI, SLOW)).isEqualTo(2 * MILLI);
    }
}
