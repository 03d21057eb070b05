package io.qight.client.v1;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BackoffTest {
    @Test
    void waitsDoubleUpToTheLongest() {
        Backoff backoff = new Backoff(100, 1_000, () -> 0);

        assertThat(backoff.millis(1)).isEqualTo(100);
        assertThat(backoff.millis(2)).isEqualTo(200);
        assertThat(backoff.millis(4)).isEqualTo(800);
        assertThat(backoff.millis(5)).isEqualTo(1_000);
        assertThat(backoff.millis(Integer.MAX_VALUE)).isEqualTo(1_000);
    }

    @Test
    void chanceTakesUpToAHalf() {
        assertThat(new Backoff(100, 1_000, () -> 1).millis(1)).isEqualTo(50);
        assertThat(new Backoff(1, 1, () -> 1).millis(9)).isEqualTo(1);
    }

    @Test
    void aWaitThatIsAskedForIsNeverShorter() {
        assertThat(new Backoff(100, 1_000, () -> 0).askedMillis(5_000)).isEqualTo(5_000);
        assertThat(new Backoff(100, 1_000, () -> 1).askedMillis(5_000)).isEqualTo(5_100);
    }
}
