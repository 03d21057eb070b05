package io.qight.relay.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SlewedClockTest {
    private long wallMillis = 1_700_000_000_000L;
    private long nanos = 77;
    private final SlewedClock clock = new SlewedClock(() -> wallMillis, () -> nanos);

    @Test
    void beginsAtTheWallClockAndRunsWithIt() {
        long start = clock.millis();
        assertThat(start).isEqualTo(1_700_000_000_000L);
        pass(3_600);
        assertThat(clock.millis()).isEqualTo(start + 3_600_000);
    }

    @Test
    void hourForwardIsMadeGoodSlowly() {
        long start = clock.millis();
        wallMillis += 3_600_000;
        pass(100);
        // One percent fast, but for the first second, in which the step was not seen yet.
        assertThat(clock.millis() - start).isBetween(100_900L, 101_000L);
    }

    @Test
    void hourBackNeverTurnsItBack() {
        wallMillis -= 3_600_000;
        long before = clock.millis();
        for (int i = 0; i < 1000; i++) {
            pass(1);
            assertThat(clock.millis()).isGreaterThan(before);
            before = clock.millis();
        }
        assertThat(before).isBetween(1_700_000_000_000L + 990_000, 1_700_000_000_000L + 990_100);
    }

    @Test
    void arrivesAtTheWallClockInTheEnd() {
        wallMillis += 5_000;
        pass(2_000);
        assertThat(clock.millis()).isBetween(wallMillis - 2, wallMillis + 2);
    }

    private void pass(int seconds) {
        for (int i = 0; i < seconds; i++) {
            wallMillis += 1000;
            nanos += TimeUnit.SECONDS.toNanos(1);
            clock.follow();
        }
    }
}
