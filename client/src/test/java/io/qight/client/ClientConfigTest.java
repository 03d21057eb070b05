package io.qight.client;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.qight.transport.Trust;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class ClientConfigTest {
    @Test
    void defaultsAreAsDocumented() {
        ClientConfig config = ClientConfig.defaults();

        assertThat(config.trust()).isEmpty();
        assertThat(config.connectTimeout()).hasSeconds(10);
        assertThat(config.requestTimeout()).hasSeconds(30);
        assertThat(config.waitingRequestsMax()).isEqualTo(10_000);
        assertThat(config.waitingBytesMax()).isEqualTo(64 << 20);
        assertThat(config.pingAfter()).hasSeconds(10);
        assertThat(config.pingTimeout()).hasSeconds(10);
        assertThat(config.callbackExecutor()).isEmpty();
        assertThat(config.sendTimeout()).hasMinutes(2);
        assertThat(config.closeTimeout()).hasSeconds(5);
        assertThat(config.reconnectFirst()).hasMillis(100);
        assertThat(config.reconnectMax()).hasSeconds(10);
        assertThat(config.clientId()).isEmpty();
    }

    @Test
    void eachChangeKeepsTheOthers() {
        Trust trust = Trust.fingerprint("ab".repeat(32));
        Executor executor = Runnable::run;
        Consumer<ClientState> listener = state -> {};

        ClientConfig config =
                ClientConfig.defaults()
                        .withTrust(trust)
                        .withConnectTimeout(Duration.ofMillis(1))
                        .withRequestTimeout(Duration.ofMillis(2))
                        .withWaiting(3, 4)
                        .withPing(Duration.ofMillis(5), Duration.ofMillis(6))
                        .withCallbackExecutor(executor)
                        .withSendTimeout(Duration.ofMillis(5))
                        .withCloseTimeout(Duration.ofMillis(6))
                        .withReconnect(Duration.ofMillis(7), Duration.ofMillis(8))
                        .withClientId("me")
                        .withListener(listener);

        assertThat(config.trust()).contains(trust);
        assertThat(config.connectTimeout()).hasMillis(1);
        assertThat(config.requestTimeout()).hasMillis(2);
        assertThat(config.waitingRequestsMax()).isEqualTo(3);
        assertThat(config.waitingBytesMax()).isEqualTo(4);
        assertThat(config.pingAfter()).hasMillis(5);
        assertThat(config.pingTimeout()).hasMillis(6);
        assertThat(config.callbackExecutor()).containsSame(executor);
        assertThat(config.sendTimeout()).hasMillis(5);
        assertThat(config.closeTimeout()).hasMillis(6);
        assertThat(config.reconnectFirst()).hasMillis(7);
        assertThat(config.reconnectMax()).hasMillis(8);
        assertThat(config.clientId()).isEqualTo("me");
        assertThat(config.listener()).isSameAs(listener);
        assertThat(ClientConfig.defaults().trust()).isEmpty();
    }

    @Test
    void valuesOutOfRangeAreRefused() {
        ClientConfig config = ClientConfig.defaults();

        assertThatIllegalArgumentException()
                .isThrownBy(() -> config.withConnectTimeout(Duration.ZERO))
                .withMessageContaining("connectTimeout");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> config.withRequestTimeout(Duration.ofMillis(-1)))
                .withMessageContaining("requestTimeout");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> config.withRequestTimeout(Duration.ofSeconds(Long.MAX_VALUE)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> config.withPing(Duration.ZERO, Duration.ofSeconds(1)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> config.withPing(Duration.ofSeconds(1), Duration.ZERO));
        assertThatIllegalArgumentException().isThrownBy(() -> config.withWaiting(0, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> config.withWaiting(1, 0));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> config.withReconnect(Duration.ZERO, Duration.ofSeconds(1)));
        assertThatIllegalArgumentException().isThrownBy(() -> config.withClientId("a\nb"));
        assertThatIllegalArgumentException().isThrownBy(() -> config.withClientId("x".repeat(256)));
    }

    @Test
    void whatCannotBeATokenIsRefusedWithoutRepeatingIt() {
        ClientConfig config = ClientConfig.defaults();
        for (String bad : List.of("", "sec ret", "secret\n", "s\u00e9cret", "s".repeat(4097))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> config.withToken(bad))
                    .withMessageNotContaining("ret");
        }
    }

    @Test
    void noTextShowsTheToken() {
        ClientConfig config = ClientConfig.defaults().withToken("secret");
        assertThat(config.token()).isEqualTo(US_ASCII.encode("secret"));
        assertThat(config.token().toString()).doesNotContain("secret");
    }
}
