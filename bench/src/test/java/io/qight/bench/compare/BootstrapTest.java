package io.qight.bench.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class BootstrapTest {
    private static final double[] SEVEN = {70, 10, 60, 20, 50, 30, 40};

    @Test
    void medianIsTheMiddleOne() {
        assertThat(Bootstrap.median(SEVEN)).isEqualTo(40);
        assertThat(Bootstrap.median(new double[] {4, 1, 3, 2})).isEqualTo(2.5);
        assertThat(Bootstrap.median(new double[] {5})).isEqualTo(5);
    }

    @Test
    void nothingHasNoMedian() {
        assertThatThrownBy(() -> Bootstrap.median(new double[0]))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void whatIsAlwaysTheSameIsCertain() {
        Interval interval = Bootstrap.ofMedian(new double[] {3, 3, 3, 3});
        assertThat(interval).isEqualTo(new Interval(3, 3, 3));
    }

    /** Exactly: the chance that the median of seven draws is at most the second least is 6.3 %. */
    @Test
    void intervalOfTheMedianIsThatOfAllDraws() {
        Interval interval = Bootstrap.ofMedian(SEVEN);
        assertThat(interval).isEqualTo(new Interval(20, 40, 60));
    }

    @Test
    void ratioOfTheSameIsAboutOne() {
        Interval interval = Bootstrap.ofRatio(SEVEN, SEVEN);
        assertThat(interval.middle()).isEqualTo(1);
        assertThat(interval.low()).isLessThan(1);
        assertThat(interval.high()).isGreaterThan(1);
    }

    @Test
    void ratioIsOfTheFirstToTheSecond() {
        double[] twice = Arrays.stream(SEVEN).map(value -> value * 2).toArray();
        Interval interval = Bootstrap.ofRatio(twice, SEVEN);
        assertThat(interval.middle()).isEqualTo(2);
        Interval inverse = Bootstrap.ofRatio(SEVEN, twice);
        assertThat(inverse.middle()).isEqualTo(0.5);
        assertThat(inverse.low()).isCloseTo(1 / interval.high(), within(0.1));
    }

    /** An interval of 90 % that held the truth in 50 % or 100 % of cases would be none. */
    @Test
    void intervalHoldsTheTruthAboutAsOftenAsItSays() {
        SplittableRandom random = new SplittableRandom(7);
        int cases = 400;
        int held = 0;
        for (int i = 0; i < cases; i++) {
            double[] values = random.doubles(9, 0, 2).toArray();
            Interval interval = Bootstrap.ofMedian(values);
            held += interval.low() <= 1 && 1 <= interval.high() ? 1 : 0;
        }
        assertThat(held).isBetween(cases * 80 / 100, cases * 99 / 100);
    }
}
