package io.qight.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetSocketAddress;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class UnitsTest {
    @ParameterizedTest
    @CsvSource({
        "200ms, PT0.2S",
        "90s, PT90S",
        "1.5h, PT90M",
        "15m, PT15M",
        "7d, PT168H",
        "0s, PT0S",
        "2 s, PT2S"
    })
    void durationsHaveUnits(String text, Duration duration) {
        assertThat(new DurationConverter().convert(text)).isEqualTo(duration);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "90", "s", "-1s", "1w", "90S", "1.2345s", "1h30m", "1e3s"})
    void whatIsNoDurationIsRefusedWithAnExample(String text) {
        assertThatThrownBy(() -> new DurationConverter().convert(text))
                .isInstanceOf(TypeConversionException.class)
                .hasMessage(
                        "'%s' is not a duration: a number and one of ms, s, m, h, d, for example"
                                + " 90s",
                        text);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "1200, 1200",
        "1B, 1",
        "64KiB, 65536",
        "10MB, 10000000",
        "10mb, 10000000",
        "1.5GiB, 1610612736",
        "2 kB, 2000"
    })
    void sizesHaveUnits(String text, long bytes) {
        assertThat(new SizeConverter().convert(text)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "KiB", "-1", "1K", "1TB", "0x10", "1,5MB"})
    void whatIsNoSizeIsRefusedWithAnExample(String text) {
        assertThatThrownBy(() -> new SizeConverter().convert(text))
                .isInstanceOf(TypeConversionException.class)
                .hasMessageStartingWith("'" + text + "' is not a size")
                .hasMessageEndingWith("for example 64KiB");
    }

    @Test
    void aSizeBeyondAllNumbersIsRefused() {
        assertThatThrownBy(() -> new SizeConverter().convert("999999999999999GiB"))
                .hasMessageContaining("too large");
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1:4433, 127.0.0.1:4433",
        "[::1]:5000, [0:0:0:0:0:0:0:1]:5000",
        "0.0.0.0:0, 0.0.0.0:0"
    })
    void addressesHaveHostAndPort(String text, String again) {
        InetSocketAddress address = new AddressConverter().convert(text);
        assertThat(AddressConverter.text(address)).isEqualTo(again);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "4433", ":4433", "127.0.0.1", "::1:4433", "localhost:65536", "a:b"})
    void whatIsNoAddressIsRefusedWithAnExample(String text) {
        assertThatThrownBy(() -> new AddressConverter().convert(text))
                .isInstanceOf(TypeConversionException.class)
                .hasMessageStartingWith("'" + text + "' is not an address");
    }

    @ParameterizedTest
    @CsvSource({"PT0.2S, 200ms", "PT90S, 1m 30s", "PT720H, 30d", "PT25H, 1d 1h", "PT0S, 0s"})
    void durationsArePrintedInTheirParts(Duration duration, String text) {
        assertThat(DurationConverter.text(duration)).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({"0, 0 B", "1023, 1023 B", "1024, 1 KiB", "1536, 1.5 KiB", "67108864, 64 MiB"})
    void sizesArePrintedForPeople(long bytes, String text) {
        assertThat(SizeConverter.text(bytes)).isEqualTo(text);
    }
}
