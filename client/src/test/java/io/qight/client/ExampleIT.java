package io.qight.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.qight.wire.v1.Frame;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
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
        try (ScriptedRelay relay = ScriptedRelay.start(directory)) {
            AtomicReference<ByteBuf> sent = new AtomicReference<>();
            relay.script((stream, frame) -> answer(stream, frame, sent));
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
                relay.nextFin().finish();
                String output = new String(program.getInputStream().readAllBytes(), UTF_8);

                assertThat(program.waitFor(30, TimeUnit.SECONDS)).isTrue();
                assertThat(output).isEqualTo("hi" + System.lineSeparator());
                assertThat(program.exitValue()).isZero();
            } finally {
                program.destroyForcibly();
            }
        }
    }

    /** Plays the part of a relay whose mailbox has the one envelope. */
    private static boolean answer(
            ScriptedRelay.Stream stream, Frame frame, AtomicReference<ByteBuf> sent) {
        if (frame instanceof Frame.Send send) {
            sent.set(send.envelope());
            return false;
        } else if (frame instanceof Frame.Subscribe) {
            stream.write(new Frame.Subscribed(false, 30_000, 1, 0));
        } else if (frame instanceof Frame.Add add) {
            stream.write(
                    new Frame.Added(add.mailbox(), 1),
                    new Frame.Deliver(add.mailbox(), 1, 60_000, 1, 0, sent.get()),
                    new Frame.CaughtUp(add.mailbox(), 1));
        } else if (frame instanceof Frame.Ack ack) {
            stream.write(new Frame.Acked(ack.deliveries()));
        } else {
            return false;
        }
        return true;
    }
}
