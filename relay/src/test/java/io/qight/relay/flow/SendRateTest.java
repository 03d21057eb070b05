package io.qight.relay.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.qight.identity.Identity;
import java.security.SecureRandom;
import org.junit.jupiter.api.Test;

final class SendRateTest {
    @Test
    void asManyAsInASecondMayComeAtOnce() {
        SendRate rate = new SendRate(100, 0);
        assertThat(rate.take(100, 0)).isFalse();
        assertThat(rate.waitMillis(0)).isZero();
    }

    @Test
    void whatIsMoreIsTakenAndThenWaitedFor() {
        SendRate rate = new SendRate(100, 0);
        assertThat(rate.take(150, 0)).isTrue();
        assertThat(rate.waitMillis(0)).isEqualTo(500);
        assertThat(rate.take(10, 100)).as("it waits already").isFalse();
        assertThat(rate.waitMillis(100)).isEqualTo(500);
        assertThat(rate.waitMillis(600)).isZero();
    }

    @Test
    void pausesSaveNoMoreThanASecond() {
        SendRate rate = new SendRate(100, 0);
        rate.take(100, 0);
        assertThat(rate.take(101, 3_600_000)).isTrue();
    }

    @Test
    void withoutABoundNobodyWaits() {
        SendRate rate = new SendRate(SendRate.UNBOUNDED, 0);
        assertThat(rate.take(Integer.MAX_VALUE, 0)).isFalse();
        assertThat(rate.waitMillis(0)).isZero();
        assertThat(rate.waitMillis(Long.MAX_VALUE / 4)).isZero();
    }

    @Test
    void connectionsOfOneIdentityShareItsRateWhileThereAreAny() {
        SendRates rates = new SendRates(10, 100, () -> 0);
        var alice = Identity.generate(new SecureRandom()).key();
        var bob = Identity.generate(new SecureRandom()).key();
        SendRate first = rates.take(alice);
        assertThat(rates.take(alice)).isSameAs(first);
        assertThat(rates.take(bob)).isNotSameAs(first);
        rates.giveBack(alice);
        assertThat(rates.take(alice)).isSameAs(first);
        rates.giveBack(alice);
        rates.giveBack(alice);
        assertThat(rates.take(alice)).isNotSameAs(first);
    }
}
