package io.qight.bench.compare;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class SlowdownTest {
    private static final double[] BASE = {100, 104, 96, 102, 98, 101, 99};

    private static double[] times(double factor) {
        return Arrays.stream(BASE).map(value -> value * factor).toArray();
    }

    private static boolean rateIsTooLow(double[] now) {
        return Slowdown.of(Row.SEND, Figure.PER_SECOND, BASE, now).tooSlow();
    }

    private static boolean latencyIsTooHigh(double[] now) {
        return Slowdown.of(Row.PUSH_1K, Figure.P50, BASE, now).tooSlow();
    }

    @Test
    void sameIsNotTooSlow() {
        assertThat(rateIsTooLow(BASE)).isFalse();
        assertThat(latencyIsTooHigh(BASE)).isFalse();
    }

    @Test
    void fasterIsNotTooSlow() {
        assertThat(rateIsTooLow(times(2))).isFalse();
        assertThat(latencyIsTooHigh(times(0.5))).isFalse();
    }

    @Test
    void aQuarterSlowerIsTooSlowOnlyWhereItIsSure() {
        assertThat(rateIsTooLow(times(1 / 1.26))).isFalse();
        assertThat(rateIsTooLow(times(1 / 1.4))).isTrue();
        assertThat(latencyIsTooHigh(times(1.26))).isFalse();
        assertThat(latencyIsTooHigh(times(1.4))).isTrue();
    }

    @Test
    void noiseAloneIsNotTooSlow() {
        assertThat(rateIsTooLow(new double[] {40, 110, 60, 45, 120, 100, 50})).isFalse();
    }
}
