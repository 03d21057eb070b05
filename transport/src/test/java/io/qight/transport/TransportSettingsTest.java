package io.qight.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TransportSettingsTest {
    private static final TransportSettings DEFAULTS = TransportSettings.defaults();

    @Test
    void unreadStreamsLeaveHalfOfTheConnectionsWindow() {
        assertThat(DEFAULTS.connectionWindowBytes())
                .isGreaterThanOrEqualTo(2L * DEFAULTS.streamsMax() * DEFAULTS.streamWindowBytes());
        assertThatThrownBy(() -> DEFAULTS.withStreamsMax(DEFAULTS.streamsMax() + 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("twice as large");
    }

    @Test
    void limitsAreChecked() {
        assertThatThrownBy(() -> DEFAULTS.withEventLoops(0))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> DEFAULTS.withIdleTimeout(Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> DEFAULTS.withStreamsMax(0))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> DEFAULTS.withWindows(100, 1_000_000))
                .isInstanceOf(IllegalArgumentException.class);
        for (int bytes : List.of(1199, 8193)) {
            assertThatThrownBy(() -> DEFAULTS.withUdpPayloadBytes(bytes))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void segmentsFitIntoOneSend() {
        for (int bytes : List.of(1200, 1350, 4000, 8192)) {
            TransportSettings settings = DEFAULTS.withUdpPayloadBytes(bytes);
            int segments = Platform.require().segments(settings).maxNumSegments();
            assertThat(segments * bytes).isLessThan(65_508);
        }
    }
}
