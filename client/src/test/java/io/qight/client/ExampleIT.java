package io.qight.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExampleIT {
    private static final Path SOURCE = Path.of("src", "main", "java", "io", "qight", "client");
    private static final Path TEST_SOURCE = Path.of("src", "test", "java", "io", "qight", "client");

    @TempDir Path directory;

    @Test
    void theDocumentedExampleIsTheProgram() throws Exception {
        String documentation = Files.readString(SOURCE.resolve("package-info.java"));
        String example =
                documentation
                        .substring(
                                documentation.indexOf("<pre>{@code") + "<pre>{@code".length(),
                                documentation.indexOf("}</pre>"))
                        .replace("\n * ", "\n")
                        .replace("\"localhost:4433\"", "address");
        String program = Files.readString(TEST_SOURCE.resolve("ExampleProgram.java"));

        assertThat(program).containsIgnoringWhitespaces(example.strip());
    }

    @Test
    void theExampleTrustsTheRelayOfThisMachineAndRuns() throws Exception {
        try (FakeSeedRelay relay = FakeSeedRelay.start(directory)) {
            ProcessBuilder builder =
                    new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                            "-cp",
                            System.getProperty("java.class.path"),
                            ExampleProgram.class.getName(),
                            relay.address());
            builder.environment().put("QIGHT_DATA", directory.toString());
            builder.redirectError(ProcessBuilder.Redirect.INHERIT);
            Process program = builder.start();
            try {
                String output = new String(program.getInputStream().readAllBytes(), UTF_8);

                assertThat(program.waitFor(30, TimeUnit.SECONDS)).isTrue();
                assertThat(output).isEqualTo("alice: hi" + System.lineSeparator());
                assertThat(program.exitValue()).isZero();
                assertThat(relay.waiting()).isEqualTo(List.of());
            } finally {
                program.destroyForcibly();
            }
        }
    }
}
