package io.qight.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The load generator from end to end; how fast anything is, is nothing for a test. */
class BenchIT {
    @TempDir Path home;

    private Path json;
    private Path html;
    private Path stores;

    @BeforeEach
    void files() {
        json = home.resolve("report.json");
        html = home.resolve("report.html");
        stores = home.resolve("stores");
    }

    @Test
    void anOpenLoopWithItsOwnRelayAddsUp() throws Exception {
        String table =
                bench("--rate", "200", "--warm-up", "200ms", "--duration", "1s", "--echo")
                        .expect(Failures.DONE)
                        .text();
        Map<String, String> report = Json.parse(Files.readString(json));
        assertThat(report)
                .containsEntry("measurements.0.sent", "240")
                .containsEntry("measurements.0.stored", "240")
                .containsEntry("measurements.0.received", "240")
                .containsEntry("measurements.0.whole", "true")
                .containsEntry("measurements.0.receiptMicros.count", "200")
                .containsEntry("measurements.0.handlerMicros.count", "200")
                .containsEntry("measurements.0.echo.roundTripMicros.count", "200")
                .containsEntry("facts.durability", "fsync")
                .containsEntry("facts.qight", VersionCommand.version());
        assertThat(table)
                .contains("240 sent, 240 stored, 240 received, 0 refused", "raw ping-pong");
        assertThat(
                        DocumentBuilderFactory.newInstance()
                                .newDocumentBuilder()
                                .parse(html.toFile())
                                .getElementsByTagName("figure")
                                .getLength())
                .isEqualTo(6);
        assertThat(stores).isEmptyDirectory();
    }

    @Test
    void aClosedLoopOfManyWithABacklogAddsUp() throws Exception {
        bench(
                        "--window",
                        "20",
                        "--senders",
                        "3",
                        "--receivers",
                        "2",
                        "--mailboxes",
                        "5",
                        "--backlog",
                        "1000",
                        "--durability",
                        "memory",
                        "--warm-up",
                        "0s",
                        "--duration",
                        "500ms")
                .expect(Failures.DONE);
        Map<String, String> report = Json.parse(Files.readString(json));
        assertThat(report.get("measurements.0.sent"))
                .isEqualTo(report.get("measurements.0.stored"))
                .isEqualTo(report.get("measurements.0.received"));
        assertThat(Long.parseLong(report.get("measurements.0.sent"))).isGreaterThanOrEqualTo(60);
        assertThat(report).containsEntry("measurements.0.whole", "true");
    }

    @Test
    void whatProtectionCostsShowsInOneRun() throws Exception {
        bench(
                        "--rate",
                        "100",
                        "--durability",
                        "memory",
                        "--warm-up",
                        "0s",
                        "--duration",
                        "500ms",
                        "--sign",
                        "--seal")
                .expect(Failures.DONE);
        Map<String, String> report = Json.parse(Files.readString(json));
        String[] names = {"open loop", "open loop, signed", "open loop, sealed and signed"};
        for (int i = 0; i < names.length; i++) {
            assertThat(report)
                    .containsEntry("measurements." + i + ".name", names[i])
                    .containsEntry("measurements." + i + ".signed", String.valueOf(i > 0))
                    .containsEntry("measurements." + i + ".sealed", String.valueOf(i > 1))
                    .containsEntry("measurements." + i + ".received", "50")
                    .containsEntry("measurements." + i + ".whole", "true");
        }
    }

    @Test
    void refusalsAreCountedAndShown() throws Exception {
        Program program = new Program(home);
        try (RunningRelay relay = RunningRelay.start(program, "--mailbox-envelopes", "10")) {
            String table =
                    bench(
                                    "--relay",
                                    relay.address(),
                                    "--pin",
                                    relay.fingerprint(),
                                    "--timeout",
                                    "5s",
                                    "--receivers",
                                    "0",
                                    "--rate",
                                    "50",
                                    "--warm-up",
                                    "0s",
                                    "--duration",
                                    "1s")
                            .expect(Failures.DONE)
                            .text();
            assertThat(table)
                    .contains("50 sent, 10 stored, 40 refused (", "relay unknown, clients");
            // A refusal that may pass is tried again, and may end as timed_out.
            assertThat(
                            Json.parse(Files.readString(json)).entrySet().stream()
                                    .filter(field ->
                                            field.getKey().startsWith("measurements.0.refused."))
                                    .mapToLong(field -> Long.parseLong(field.getValue()))
                                    .sum())
                    .isEqualTo(40);
        }
    }

    @Test
    void aSignalEndsItWithWhatThereIs() throws Exception {
        Process bench =
                new Program(home)
                        .start(
                                "bench",
                                "--data",
                                stores.toString(),
                                "--rate",
                                "100",
                                "--warm-up",
                                "0s",
                                "--duration",
                                "10m");
        try (BufferedReader errors =
                new BufferedReader(new InputStreamReader(bench.getErrorStream(), UTF_8))) {
            String line = errors.readLine();
            while (line != null && !line.contains(" stored")) {
                line = errors.readLine();
            }
            assertThat(line).isNotNull();
            // Unlike the process's own destroy it leaves the output to be read.
            bench.toHandle().destroy();
            String table = new String(bench.getInputStream().readAllBytes(), UTF_8);
            assertThat(bench.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(bench.exitValue()).isEqualTo(Failures.DONE);
            assertThat(table).contains("open loop (NOT WHOLE)", " sent, ", "send to handler");
            assertThat(stores).isEmptyDirectory();
        } finally {
            bench.destroyForcibly();
        }
    }

    @Test
    void wrongOptionsAreToldBeforeAnythingRuns() {
        assertThat(usage("--quick", "--rate", "5")).contains("--quick");
        assertThat(usage("--rate", "5", "--window", "5")).contains("--rate", "--window");
        assertThat(usage("--payload", "11")).contains("12 to 9000000, not 11");
        assertThat(usage("--rate", "0")).contains("1 to 10000000, not 0");
        assertThat(usage("--relay", "127.0.0.1:9", "--durability", "os")).contains("--durability");
        assertThat(usage("--relay", "192.0.2.1:9", "--echo")).contains("--echo");
        assertThat(
                        new Program(home)
                                .run("bench", "--json", home.resolve("no/such").toString())
                                .expect(Failures.FAILED)
                                .errors())
                .contains("no such file");
    }

    @Test
    void aRelayThatDoesNotAnswerIsToldSo() {
        String errors =
                bench("--relay", "127.0.0.1:9", "--pin", "ab".repeat(32), "--timeout", "300ms")
                        .expect(Failures.RETRY)
                        .errors();
        assertThat(errors).startsWith("qight: ").contains("connect_failed");
    }

    private String usage(String... options) {
        return bench(options).expect(Failures.USAGE).errors();
    }

    private Program.Result bench(String... options) {
        List<String> arguments = new ArrayList<>();
        arguments.add("bench");
        arguments.addAll(List.of(options));
        arguments.addAll(List.of("--json", json.toString(), "--html", html.toString()));
        if (!arguments.contains("--relay")) {
            arguments.addAll(List.of("--data", stores.toString()));
        }
        return new Program(home).run(arguments.toArray(String[]::new));
    }
}
