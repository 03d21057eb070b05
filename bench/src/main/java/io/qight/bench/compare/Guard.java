package io.qight.bench.compare;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code bench/guard}, when both builds are there. */
@Command(
        name = "bench/guard",
        sortOptions = false,
        description = {
            "Compare the present commit with an earlier one, in turns, each time in fresh"
                    + " processes.",
            "Exit code: 0; 1 if a row is 25 %% slower by the bound of its 90 %% interval that speaks"
                    + " for it; 2 if it could not be measured."
        })
public final class Guard implements Callable<Integer> {
    private static final int FAILED = 1;
    private static final int NOT_MEASURED = 2;
    private static final Map<Row, Figure> LOOKED_AT =
            Map.of(
                    Row.SEND, Figure.PER_SECOND,
                    Row.END_TO_END, Figure.PER_SECOND,
                    Row.PUSH_1K, Figure.P50);

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this, and do nothing.")
    @SuppressWarnings("UnusedVariable") // picocli looks at it
    private boolean help;

    @Option(
            names = "--rounds",
            paramLabel = "N",
            defaultValue = "7",
            description = "How often each side is measured. Default: ${DEFAULT-VALUE}.")
    private int rounds;

    @Option(
            names = "--seconds",
            paramLabel = "N",
            defaultValue = "5",
            description = "How long each time. Default: ${DEFAULT-VALUE}.")
    private int seconds;

    @Option(
            names = "--warm-up",
            paramLabel = "N",
            defaultValue = "10",
            description = "Seconds of work before that. Default: ${DEFAULT-VALUE}.")
    private int warmUpSeconds;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            defaultValue = "${sys:java.io.tmpdir}",
            description = "Where relays keep their stores meanwhile. Default: ${DEFAULT-VALUE}.")
    private Path data;

    @Option(names = "--base", hidden = true, required = true)
    private Path base;

    @Option(names = "--now", hidden = true, required = true)
    private Path now;

    @Parameters(
            paramLabel = "BASE",
            arity = "0..1",
            description = "The earlier revision. Default: HEAD~1.")
    private String revision = "HEAD~1";

    /** Runs the command. */
    public static void main(String[] args) {
        System.exit(
                new CommandLine(new Guard())
                        .setExecutionExceptionHandler((e, command, parsed) -> {
                            e.printStackTrace();
                            return NOT_MEASURED;
                        })
                        .execute(args));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        try (Processes processes = Processes.watched()) {
            return compare(processes);
        }
    }

    private int compare(Processes processes) throws IOException, InterruptedException {
        String before = "base (" + revision + ")";
        List<Contender> builds =
                List.of(
                        QightBench.relay(before, base, "fsync", processes),
                        QightBench.relay("now", now, "fsync", processes));
        Effort effort =
                new Effort(Duration.ofSeconds(warmUpSeconds), Duration.ofSeconds(seconds), data);
        Results results = new Results();
        List<Row> rows = LOOKED_AT.keySet().stream().sorted().toList();
        boolean measured =
                new Rounds(builds, rows, effort, processes, System.err).run(rounds, results);
        if (!measured || !results.remarks().isEmpty()) {
            System.err.println("guard: could not measure both builds whole");
            return NOT_MEASURED;
        }
        List<Slowdown> slowdowns =
                rows.stream().map(row -> slowdown(row, before, results)).toList();
        slowdowns.forEach(System.out::println);
        return slowdowns.stream().anyMatch(Slowdown::tooSlow) ? FAILED : 0;
    }

    private static Slowdown slowdown(Row row, String before, Results results) {
        Figure figure = java.util.Objects.requireNonNull(LOOKED_AT.get(row));
        return Slowdown.of(
                row,
                figure,
                results.values(row, before, figure),
                results.values(row, "now", figure));
    }
}
