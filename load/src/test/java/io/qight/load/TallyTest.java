package io.qight.load;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TallyTest {
    private static final long SECOND = 1_000_000_000;

    private final Tally tally = new Tally();

    @Test
    void onlyTheMeasuredTimeCountsInRatesAndLatencies() {
        tally.measure(SECOND, 3 * SECOND);
        tally.stored(0, SECOND - 1, 1);
        tally.stored(SECOND / 2, SECOND, 1);
        tally.stored(2 * SECOND, 3 * SECOND - 1, 3);
        tally.stored(2 * SECOND, 4 * SECOND, 1);
        assertThat(tally.stored()).isEqualTo(6);
        assertThat(tally.storedPerSecond()).isEqualTo(4 / 2.0);
        assertThat(tally.toReceipt().count()).as("intended in the measured time").isEqualTo(2);
        assertThat(tally.toReceipt().maxNanos()).isGreaterThanOrEqualTo(2 * SECOND);
    }

    @Test
    void whatComesAgainIsNotReceivedTwice() {
        tally.received(0, false);
        tally.received(0, true);
        assertThat(tally.received()).isEqualTo(1);
        assertThat(tally.redelivered()).isEqualTo(1);
    }

    @Test
    void refusalsAreCountedByCode() {
        tally.refused(new IllegalStateException());
        tally.refused(new IllegalStateException());
        assertThat(tally.refused()).isEqualTo(2);
        assertThat(tally.refusedByCode()).containsEntry("IllegalStateException", 2L);
    }
}
