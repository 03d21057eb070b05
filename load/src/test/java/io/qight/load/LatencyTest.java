package io.qight.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

class LatencyTest {
    @Test
    void percentilesAreThoseOfTheValues() {
        Histogram histogram = new Histogram(3);
        for (int micros = 1; micros <= 10_000; micros++) {
            histogram.recordValue(micros * 1_000L);
        }
        Latency latency = Latency.of(histogram);
        assertThat(latency.count()).isEqualTo(10_000);
        for (double percentile : Latency.ASKED_FOR) {
            double nanos = percentile / 100 * 10_000 * 1_000;
            assertThat((double) latency.nanos(percentile)).isCloseTo(nanos, within(nanos / 900));
        }
    }

    @Test
    void theCurveGrowsAndEndsWithTheLongest() {
        Histogram histogram = new Histogram(3);
        for (int i = 0; i < 1_000; i++) {
            histogram.recordValue(500_000);
        }
        histogram.recordValue(70_000_000);
        Latency latency = Latency.of(histogram);
        for (int i = 1; i < latency.points().size(); i++) {
            Latency.Point before = latency.points().get(i - 1);
            assertThat(latency.points().get(i).percentile()).isGreaterThan(before.percentile());
            assertThat(latency.points().get(i).nanos()).isGreaterThanOrEqualTo(before.nanos());
        }
        assertThat((double) latency.maxNanos()).isCloseTo(70e6, within(70e3));
        assertThat((double) latency.nanos(99)).isCloseTo(500e3, within(500.0));
    }

    @Test
    void nothingMeasuredIsEmpty() {
        assertThat(Latency.of(new Histogram(3)).isEmpty()).isTrue();
        assertThat(Latency.NONE.nanos(99)).isZero();
    }
}
