package io.qight.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class LocalRelayTest {
    private static final Path HOME = Path.of("/home/ada");

    private static Path directory(Map<String, String> environment) {
        return LocalRelay.dataDirectory(environment::get, HOME);
    }

    @Test
    void dataDirectoryFollowsTheEnvironment() {
        assertThat(directory(Map.of())).isEqualTo(Path.of("/home/ada/.local/share/qight"));
        assertThat(directory(Map.of("XDG_DATA_HOME", "/data"))).isEqualTo(Path.of("/data/qight"));
        assertThat(directory(Map.of("XDG_DATA_HOME", "/data", "QIGHT_DATA", "here")))
                .isEqualTo(Path.of("here"));
    }

    @Test
    void emptyAndRelativeSettingsAreIgnored() {
        Path standard = directory(Map.of());
        assertThat(directory(Map.of("XDG_DATA_HOME", "", "QIGHT_DATA", ""))).isEqualTo(standard);
        assertThat(directory(Map.of("XDG_DATA_HOME", "data"))).isEqualTo(standard);
    }

    @Test
    void certificateIsInTheDataDirectory() {
        assertThat(LocalRelay.certificateFile())
                .isEqualTo(LocalRelay.dataDirectory().resolve("relay-cert.pem"));
    }
}
