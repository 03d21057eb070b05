package io.qight.bench.compare;

import io.qight.bench.peers.Peer;
import io.qight.bench.peers.Peers;
import io.qight.load.Machine;
import io.qight.load.Pace;
import java.io.IOException;
import java.io.Writer;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code bench/compare}. */
@Command(
        name = "bench/compare",
        sortOptions = false,
        description = {
            "Measure Qight and other systems in turns, on the same work, each time in fresh"
                    + " processes: medians, ratios, 90 %% intervals.",
            "Exit code: 0, or 1 if anything could not be measured."
        })
public final class Compare implements Callable<Integer> {
    private static final List<Row> QUICK = List.of(Row.SEND, Row.END_TO_END, Row.PUSH_1K);

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this, and do nothing.")
    @SuppressWarnings("UnusedVariable") // picocli looks at it
    private boolean help;

    @Option(
            names = "--quick",
            description = {
                "One round of 1 s, without the peers that have no TLS, without push at 10,000 a"
                        + " second; under three minutes when all is installed."
            })
    private boolean quick;

    @Option(
            names = "--rounds",
            paramLabel = "N",
            defaultValue = "7",
            description = "How often each is measured. Default: ${DEFAULT-VALUE}.")
    private int rounds;

    @Option(
            names = "--seconds",
            paramLabel = "N",
            defaultValue = "10",
            description = "How long each is measured. Default: ${DEFAULT-VALUE}.")
    private int seconds;

    @Option(
            names = "--warm-up",
            paramLabel = "N",
            defaultValue = "10",
            description = "Seconds of work before that. Default: ${DEFAULT-VALUE}.")
    private int warmUpSeconds;

    @Option(
            names = "--only",
            paramLabel = "NAME",
            split = ",",
            description = "Those whose names begin so: qight,nats-sync. Default: all.")
    private List<String> only = List.of("");

    @Option(
            names = "--rows",
            paramLabel = "ROW",
            split = ",",
            description = "Of send, end-to-end, push-1k, push-10k, disk. Default: all.")
    private List<Row> rows = List.of(Row.values());

    @Option(
            names = "--data",
            paramLabel = "DIR",
            defaultValue = "${sys:java.io.tmpdir}",
            description = "Where servers keep their files meanwhile. Default: ${DEFAULT-VALUE}.")
    private Path data;

    @Option(
            names = "--json",
            paramLabel = "FILE",
            required = true,
            description = "All values. Default: bench/target/compare.json of this tree.")
    private Path json;

    @Option(
            names = "--markdown",
            paramLabel = "FILE",
            required = true,
            description = "The tables. Default: bench/target/compare.md of this tree.")
    private Path markdown;

    @Option(
            names = "--plots",
            paramLabel = "DIR",
            description = "A plot of each figure as SVG, for example send-per-second.svg.")
    private Optional<Path> plots = Optional.empty();

    @Option(names = "--qight", hidden = true, required = true)
    private Path launcher;

    @Option(names = "--programs", hidden = true, required = true)
    private Path programs;

    /** Runs the command. */
    public static void main(String[] args) {
        System.exit(
                new CommandLine(new Compare())
                        .registerConverter(Row.class, Compare::row)
                        .execute(args));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        try (Processes processes = Processes.watched()) {
            return compare(processes);
        }
    }

    private int compare(Processes processes) throws IOException, InterruptedException {
        List<String> skipped = new ArrayList<>();
        List<Contender> contenders = contenders(processes, skipped);
        skipped.forEach(System.err::println);
        Effort effort =
                new Effort(
                        Duration.ofSeconds(quick ? 2 : warmUpSeconds),
                        Duration.ofSeconds(quick ? 1 : seconds),
                        data);
        Map<String, String> facts = facts();
        Results results = new Results();
        boolean allMeasured =
                new Rounds(contenders, quick ? QUICK : rows, effort, processes, System.err)
                        .run(quick ? 1 : rounds, results);
        report(new Comparison(facts, contenders, skipped, results));
        return allMeasured && skipped.isEmpty() ? 0 : 1;
    }

    private List<Contender> contenders(Processes processes, List<String> skipped)
            throws IOException, InterruptedException {
        List<Contender> all = new ArrayList<>();
        all.add(QightBench.relay(Comparison.OURS + "-fsync", launcher, "fsync", processes));
        all.add(QightBench.relay(Comparison.OURS + "-memory", launcher, "memory", processes));
        all.add(QightBench.echo("raw-echo", launcher, processes));
        for (Peer peer : Peers.all()) {
            if (!asked(peer.name()) || (quick && !peer.tls())) {
                continue;
            }
            Optional<Path> program = program(peer.program());
            if (program.isPresent()) {
                all.add(PeerBench.of(peer, program.get(), processes));
            } else {
                skipped.add(peer.name() + ": there is no " + peer.program() + " here");
            }
        }
        all.add(new DiskBench());
        return all.stream().filter(contender -> asked(contender.name())).toList();
    }

    private boolean asked(String name) {
        return only.stream().anyMatch(name::startsWith);
    }

    /** As installed by bench/peers, else of the PATH. */
    private Optional<Path> program(String name) {
        String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
        return Stream.concat(Stream.of(programs), Stream.of(path.split(":", -1)).map(Path::of))
                .map(directory -> directory.resolve(name).toAbsolutePath())
                .filter(Files::isExecutable)
                .findFirst();
    }

    private Map<String, String> facts() {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("date", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        // What the user said; the script says the rest.
        facts.put("options", System.getProperty("qight.told", ""));
        facts.put(
                "work",
                Row.PAYLOAD_BYTES
                        + "-byte payloads, one sender, one receiver or none; "
                        + "closed loops with "
                        + Pace.Closed.ofRelay(Row.PAYLOAD_BYTES).window()
                        + " under way");
        facts.put(
                "load average before",
                String.format(
                        Locale.ROOT,
                        "%.2f",
                        ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage()));
        facts.putAll(Machine.facts(Optional.of(data)));
        return facts;
    }

    private void report(Comparison comparison) throws IOException {
        List<String> page = ComparisonPage.lines(comparison);
        for (Path file : List.of(json, markdown)) {
            Files.createDirectories(file.toAbsolutePath().getParent());
        }
        Files.write(markdown, page);
        try (Writer out = Files.newBufferedWriter(json)) {
            ComparisonJson.write(comparison, out);
        }
        page.forEach(System.out::println);
        if (plots.isPresent()) {
            plot(comparison, Files.createDirectories(plots.get()));
        }
    }

    private static void plot(Comparison comparison, Path directory) throws IOException {
        for (Row row : comparison.results().rows()) {
            for (Figure figure : row.figures()) {
                Optional<String> svg = BarPlot.svg(comparison, row, figure);
                if (svg.isPresent()) {
                    Files.writeString(
                            directory.resolve(row.token() + "-" + figure.token() + ".svg"),
                            svg.get());
                }
            }
        }
    }

    private static Row row(String token) {
        return Stream.of(Row.values())
                .filter(row -> row.token().equals(token))
                .findFirst()
                .orElseThrow(() ->
                        new CommandLine.TypeConversionException(
                                "'"
                                        + token
                                        + "' is none of send, end-to-end, push-1k, push-10k, disk"));
    }
}
