package io.qight.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.qight.client.v1.SubscriptionSettings;
import io.qight.wire.v1.Mode;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class SubscribeOptionsTest {
    private static final SubscribeOptions DEFAULTS = SubscribeOptions.defaults();

    @Test
    void defaultsAreAsDocumented() {
        assertThat(DEFAULTS.settings())
                .isEqualTo(new SubscriptionSettings(Mode.SHARED, 30_000, 1_000, 16 << 20, 600_000));
        assertThat(DEFAULTS.concurrency()).isEqualTo(1);
        assertThat(DEFAULTS.manualAck()).isFalse();
    }

    @Test
    void eachChangeKeepsTheOthers() {
        SubscribeOptions options =
                DEFAULTS.withExclusive()
                        .withManualAck()
                        .withConcurrency(3)
                        .withCredit(4, 5)
                        .withLease(Duration.ofMillis(6))
                        .withKeep(Duration.ZERO)
                        .withRetry(Duration.ofMillis(7), Duration.ofMillis(8));

        assertThat(options.settings())
                .isEqualTo(new SubscriptionSettings(Mode.EXCLUSIVE, 6, 4, 5, 0));
        assertThat(options.concurrency()).isEqualTo(3);
        assertThat(options.manualAck()).isTrue();
        assertThat(options.retryMillis(0)).isEqualTo(7);
        assertThat(DEFAULTS.manualAck()).isFalse();
    }

    @Test
    void whatFailsWaitsLongerEachTime() {
        assertThat(DEFAULTS.retryMillis(0)).isEqualTo(1_000);
        assertThat(DEFAULTS.retryMillis(1)).isEqualTo(2_000);
        assertThat(DEFAULTS.retryMillis(4)).isEqualTo(16_000);
        assertThat(DEFAULTS.retryMillis(6)).isEqualTo(60_000);
        assertThat(DEFAULTS.retryMillis(Long.MAX_VALUE)).isEqualTo(60_000);
        assertThat(DEFAULTS.withRetry(Duration.ZERO, Duration.ZERO).retryMillis(3)).isZero();
    }

    @Test
    void valuesOutOfRangeAreRefused() {
        Duration second = Duration.ofSeconds(1);
        assertThatIllegalArgumentException().isThrownBy(() -> DEFAULTS.withConcurrency(0));
        assertThatIllegalArgumentException().isThrownBy(() -> DEFAULTS.withCredit(0, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> DEFAULTS.withCredit(30_001, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> DEFAULTS.withCredit(1, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> DEFAULTS.withLease(Duration.ZERO));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DEFAULTS.withKeep(Duration.ofMillis(-1)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DEFAULTS.withRetry(second, Duration.ZERO));
    }
}
