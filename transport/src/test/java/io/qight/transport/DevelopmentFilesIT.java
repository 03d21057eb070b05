package io.qight.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Processes that start at once agree on one development certificate. */
final class DevelopmentFilesIT {
    private static final int PROCESSES = 4;

    static final class Starter {
        private Starter() {}

        public static void main(String[] arguments) {
            System.out.print(TlsIdentity.development(Path.of(arguments[0])).fingerprint());
        }
    }

    @TempDir Path directory;

    @Test
    void processesThatStartAtOnceAgree() throws Exception {
        List<Process> processes = new ArrayList<>();
        for (int i = 0; i < PROCESSES; i++) {
            processes.add(
                    new ProcessBuilder(
                                    Path.of(System.getProperty("java.home"), "bin", "java")
                                            .toString(),
                                    "-cp",
                                    System.getProperty("java.class.path"),
                                    Starter.class.getName(),
                                    directory.toString())
                            .redirectError(ProcessBuilder.Redirect.INHERIT)
                            .start());
        }
        Set<String> fingerprints = new HashSet<>();
        for (Process process : processes) {
            fingerprints.add(
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(fingerprints).containsExactly(TlsIdentity.development(directory).fingerprint());
    }
}
