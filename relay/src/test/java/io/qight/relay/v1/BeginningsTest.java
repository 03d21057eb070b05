package io.qight.relay.v1;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class BeginningsTest {
    private static final long OPENED = 1_000_000;
    private static final double MAY = 10;

    private double charged;
    private boolean behind;
    private final Beginnings beginnings =
            new Beginnings(
                    connections -> charged += connections,
                    () -> charged > MAY,
                    () -> behind,
                    OPENED);

    @Test
    void whatNewConnectionsBeginCounts() {
        assertThat(beginnings.begin(1, OPENED + Beginnings.NEW_MILLIS - 1)).isFalse();
        assertThat(charged).isEqualTo(1);
        assertThat(beginnings.mustWait()).isFalse();
    }

    @Test
    void whatOldConnectionsBeginDoesNot() {
        assertThat(beginnings.begin(2 * MAY, OPENED + Beginnings.NEW_MILLIS)).isFalse();
        assertThat(charged).isZero();
        assertThat(beginnings.mustWait()).isFalse();
    }

    @Test
    void itDoesWhileOthersWait() {
        behind = true;
        long late = OPENED + 10 * Beginnings.NEW_MILLIS;
        assertThat(beginnings.begin(MAY, late)).isFalse();
        assertThat(beginnings.begin(1, late)).isTrue();
        assertThat(charged).isEqualTo(MAY + 1);
        assertThat(beginnings.mustWait()).isTrue();
    }

    @Test
    void whoBeganTooMuchWaitsUntilTheAddressMayGoOn() {
        assertThat(beginnings.begin(MAY + 1, OPENED)).isTrue();
        assertThat(beginnings.begin(1, OPENED)).as("told once").isFalse();
        assertThat(beginnings.mustWait()).isTrue();
        charged = MAY;
        assertThat(beginnings.mustWait()).isFalse();
        charged = MAY + 1;
        assertThat(beginnings.mustWait()).as("what others began").isFalse();
    }

    @Test
    void whatIsBegunAfterwardsCountsForAWhile() {
        beginnings.begin(MAY + 1, OPENED);
        charged = 0;
        beginnings.begin(1, OPENED + Beginnings.SUSPECT_MILLIS - 1);
        assertThat(charged).isEqualTo(1);
        beginnings.begin(1, OPENED + Beginnings.SUSPECT_MILLIS);
        assertThat(charged).isEqualTo(1);
    }

    @Test
    void whatBeginsNothingIsNotHeld() {
        charged = MAY + 1;
        assertThat(beginnings.begin(0, OPENED)).isFalse();
        assertThat(beginnings.mustWait()).isFalse();
    }
}
