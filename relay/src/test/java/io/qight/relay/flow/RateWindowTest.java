package io.qight.relay.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class RateWindowTest {
    private final RateWindow window = new RateWindow(5_000);

    @Test
    void steadyRateIsTold() {
        for (long now = 5_000; now < 300_000; now += 100) {
            window.add(7, now);
        }
        assertThat(window.perSecond(299_999)).isCloseTo(70, within(0.01));
    }

    @Test
    void youngWindowDividesByItsOwnAge() {
        window.add(30, 5_000);
        window.add(30, 7_500);
        assertThat(window.perSecond(7_999)).isCloseTo(20, within(0.01));
    }

    @Test
    void minuteLaterNothingIsLeft() {
        window.add(600, 10_000);
        assertThat(window.perSecond(69_999)).isCloseTo(10, within(0.01));
        assertThat(window.perSecond(70_000)).isZero();
    }

    @Test
    void longSilenceEmptiesIt() {
        window.add(600, 10_000);
        assertThat(window.perSecond(100_000_000)).isZero();
        window.add(60, 100_000_000);
        assertThat(window.perSecond(100_000_000)).isCloseTo(1, within(0.01));
    }
}
