package io.qight.bench.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.qight.load.EchoOutcome;
import io.qight.load.Latency;
import io.qight.load.LoadPlan;
import io.qight.load.Outcome;
import io.qight.load.Report;
import io.qight.load.ReportJson;
import io.qight.load.Tally;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchReportTest {
    private static final Latency ECHO =
            new Latency(1, List.of(new Latency.Point(50, 100_000), new Latency.Point(99, 900_000)));

    @TempDir private Path directory;

    private final Tally tally = new Tally();

    /** Reads what qight bench would have written. */
    private BenchReport report(Row row, boolean whole) throws IOException {
        LoadPlan plan = row.plan(new Effort(Duration.ZERO, Duration.ofSeconds(1), directory));
        Outcome outcome = tally.outcome(plan, whole, List.of());
        Path json = directory.resolve("bench.json");
        try (Writer out = Files.newBufferedWriter(json)) {
            ReportJson.write(
                    new Report(
                            Map.of(), List.of(outcome.withEcho(new EchoOutcome(176, 5e5, ECHO)))),
                    out);
        }
        return BenchReport.read(json);
    }

    private void send(int count) {
        long now = System.nanoTime();
        tally.measure(now - 1_000_000_000, now + 1_000_000_000);
        for (int i = 0; i < count; i++) {
            tally.sent(now, now);
            tally.stored(now);
        }
    }

    @Test
    void rateIsOfReceiptsWithoutReceiver() throws IOException {
        send(100);
        Measured measured = report(Row.SEND, true).measured(Row.SEND, false);
        assertThat(measured).isEqualTo(new Measured(Map.of(Figure.PER_SECOND, 50.0), true));
    }

    @Test
    void rateIsOfDeliveriesWithReceiver() throws IOException {
        send(100);
        tally.received(System.nanoTime(), false);
        Measured measured = report(Row.END_TO_END, true).measured(Row.END_TO_END, true);
        assertThat(measured.figures()).containsEntry(Figure.PER_SECOND, 0.5);
    }

    @Test
    void pushIsTheTimeToTheHandler() throws IOException {
        send(1);
        tally.received(System.nanoTime() - 2_000_000, false);
        Measured measured = report(Row.PUSH_1K, true).measured(Row.PUSH_1K, true);
        assertThat(measured.figures().get(Figure.P50)).isBetween(2_000.0, 2_000_000.0);
        assertThat(measured.figures()).containsKey(Figure.P99);
    }

    @Test
    void echoIsReadBesideIt() throws IOException {
        send(1);
        assertThat(report(Row.SEND, true).echo(Row.SEND).figures())
                .isEqualTo(Map.of(Figure.PER_SECOND, 5e5));
        assertThat(report(Row.PUSH_1K, true).echo(Row.PUSH_1K).figures())
                .isEqualTo(Map.of(Figure.P50, 100.0, Figure.P99, 900.0));
    }

    @Test
    void whatWasNotAnsweredIsNotWhole() throws IOException {
        send(10);
        assertThat(report(Row.SEND, true).measured(Row.SEND, false).whole()).isTrue();
        assertThat(report(Row.SEND, false).measured(Row.SEND, false).whole()).isFalse();
        tally.sent(0, 0);
        assertThat(report(Row.SEND, true).measured(Row.SEND, false).whole()).isFalse();
    }

    @Test
    void noLatencyIsNoFigure() throws IOException {
        BenchReport empty = report(Row.PUSH_1K, true);
        assertThatThrownBy(() -> empty.measured(Row.PUSH_1K, true))
                .isInstanceOf(MeasurementFailed.class)
                .hasMessageContaining("handlerMicros");
    }
}
