package io.qight.relay.flow;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AllowanceTest {
    private final Allowance allowance = new Allowance(1000);

    @Test
    void doesNotRunBeforeItIsStarted() {
        assertThat(allowance.over(1_000_000)).isFalse();
    }

    @Test
    void endsAfterItsGrace() {
        allowance.start(5000);
        assertThat(allowance.over(6000)).isFalse();
        assertThat(allowance.over(6001)).isTrue();
    }

    @Test
    void growsByTheTimeOfItsBytes() {
        allowance.add(Allowance.BYTES_PER_SECOND_MIN * 3);
        allowance.start(0);
        assertThat(allowance.over(4000)).isFalse();
        assertThat(allowance.over(4001)).isTrue();
    }

    @Test
    void standsStillWhileItIsStopped() {
        allowance.start(0);
        allowance.stop(600);
        assertThat(allowance.over(100_000)).isFalse();
        allowance.start(100_000);
        assertThat(allowance.over(100_400)).isFalse();
        assertThat(allowance.over(100_401)).isTrue();
    }

    @Test
    void isNotLengthenedByASecondStart() {
        allowance.start(0);
        allowance.start(900);
        assertThat(allowance.over(1001)).isTrue();
    }
}
