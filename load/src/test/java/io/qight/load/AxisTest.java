package io.qight.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class AxisTest {
    @Test
    void linearTicksAreRoundAndReachTheMost() {
        for (double most : new double[] {0, 1e-3, 0.7, 1, 9.99, 193_412, 5e8}) {
            List<Axis.Tick> ticks = new Axis.Linear(most).ticks();
            assertThat(ticks).hasSizeBetween(2, 7);
            assertThat(ticks.get(0).value()).isZero();
            Axis.Tick last = ticks.get(ticks.size() - 1);
            assertThat(last.value()).isGreaterThanOrEqualTo(most);
            assertThat(new Axis.Linear(most).place(last.value())).isCloseTo(1, within(1e-9));
        }
        assertThat(new Axis.Linear(193_412).ticks())
                .extracting(Axis.Tick::label)
                .containsExactly("0", "50,000", "100,000", "150,000", "200,000");
        assertThat(new Axis.Linear(0.9).ticks())
                .extracting(Axis.Tick::label)
                .containsExactly("0.0", "0.2", "0.4", "0.6", "0.8", "1.0");
    }

    @Test
    void logarithmicTicksArePowersOfTen() {
        Axis axis = new Axis.Logarithmic(0.2, 30);
        assertThat(axis.ticks())
                .extracting(Axis.Tick::label)
                .containsExactly("0.1", "1", "10", "100");
        assertThat(axis.place(0.1)).isCloseTo(0, within(1e-9));
        assertThat(axis.place(100)).isCloseTo(1, within(1e-9));
        assertThat(axis.place(1)).isCloseTo(1 / 3.0, within(1e-9));
        assertThat(new Axis.Logarithmic(5, 5).ticks()).hasSize(2);
    }

    @Test
    void eachNineOfAPercentileTakesAsMuchRoom() {
        Axis axis = new Axis.Percentiles(4);
        assertThat(axis.ticks())
                .extracting(Axis.Tick::label)
                .containsExactly("0", "50", "90", "99", "99.9", "99.99");
        assertThat(axis.place(0)).isCloseTo(0, within(1e-9));
        assertThat(axis.place(90)).isCloseTo(0.25, within(1e-9));
        assertThat(axis.place(99)).isCloseTo(0.5, within(1e-9));
        assertThat(axis.place(100)).isCloseTo(1, within(1e-9));
    }
}
