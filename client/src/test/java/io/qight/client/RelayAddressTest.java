package io.qight.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.qight.wire.ErrorCode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RelayAddressTest {
    @ParameterizedTest
    @CsvSource({
        "relay.example:7000, relay.example, 7000",
        "relay.example, relay.example, 4433",
        "127.0.0.1:1, 127.0.0.1, 1",
        "localhost:65535, localhost, 65535",
        "[::1]:4433, ::1, 4433",
        "[::1], ::1, 4433",
        "::1, ::1, 4433",
        "[fe80::1%eth0]:9, fe80::1%eth0, 9",
        "2001:db8::7, 2001:db8::7, 4433",
        "müller.example:5, müller.example, 5",
    })
    void hostAndPortAreRead(String text, String host, int port) {
        assertThat(RelayAddress.parse(text)).isEqualTo(new RelayAddress(host, port));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ":4433",
                "host:",
                "host:0",
                "host:65536",
                "host:123456",
                "host:-1",
                "host:4x",
                "host:١",
                "a:b:c",
                "[::1",
                "[::1]4433",
                "[::1]:",
                "[host]:4433",
                "::1]:4433",
                "[]:4433",
                "qight://host:4433",
                "host/path",
                "user@host:1",
                "two words:1",
                " host:1",
                "host:1\n",
                "ho\u0000st:1",
            })
    void nonsenseIsRefusedWithTheReason(String text) {
        assertThatThrownBy(() -> RelayAddress.parse(text))
                .isInstanceOfSatisfying(
                        ConnectFailedException.class,
                        failure -> {
                            assertThat(failure.code()).isEqualTo(ErrorCode.BAD_ADDRESS);
                            assertThat(failure.retryable()).isFalse();
                            assertThat(failure.sentence()).contains(text).contains("host:port");
                        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"localhost:1", "LocalHost", "127.0.0.1:1", "127.9.9.9", "[::1]:1", "::1"})
    void thisMachineIsLoopback(String text) {
        assertThat(RelayAddress.parse(text).loopback()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"relay.example", "128.0.0.1", "127.0.0.1.example", "[::2]:1", "0.0.0.0"})
    void otherHostsAreNot(String text) {
        assertThat(RelayAddress.parse(text).loopback()).isFalse();
    }

    @Test
    void aVersion6AddressIsPrintedInBrackets() {
        assertThat(RelayAddress.parse("::1")).hasToString("[::1]:4433");
        assertThat(RelayAddress.parse("host")).hasToString("host:4433");
    }
}
