package io.qight.bench.compare;

import io.qight.load.LoadPlan;
import io.qight.load.Pace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** {@code qight bench} of one build: its relay at one durability, or the raw echo beside it. */
final class QightBench implements Contender {
    private static final Duration END_MAX = Duration.ofMinutes(3);

    private final String name;
    private final Path launcher;
    private final boolean echo;
    private final String durability;
    private final Processes processes;
    private final String version;

    private QightBench(
            String name, Path launcher, boolean echo, String durability, Processes processes)
            throws IOException, InterruptedException {
        this.name = name;
        this.launcher = launcher;
        this.echo = echo;
        this.durability = durability;
        this.processes = processes;
        this.version = String.join(", ", processes.words(List.of(launcher.toString(), "version")));
    }

    /** A relay. */
    static QightBench relay(String name, Path launcher, String durability, Processes processes)
            throws IOException, InterruptedException {
        return new QightBench(name, launcher, false, durability, processes);
    }

    /** The raw echo; a relay is measured after it, and not looked at. */
    static QightBench echo(String name, Path launcher, Processes processes)
            throws IOException, InterruptedException {
        return new QightBench(name, launcher, true, "memory", processes);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String version() {
        return version;
    }

    @Override
    public String stored() {
        if (echo) {
            return "nowhere: the bytes are counted";
        }
        return durability.equals("fsync")
                ? "written to a file and synced before the receipt"
                : "in memory";
    }

    @Override
    public String setUp() {
        return echo
                ? "QUIC as the relay's, a stream, no frames; the one of qight bench --echo"
                : "--durability " + durability + "; always TLS 1.3";
    }

    @Override
    public boolean takes(Row row) {
        return row != Row.DISK;
    }

    @Override
    public Measured measure(Row row, Effort effort) throws IOException, InterruptedException {
        LoadPlan plan = row.plan(effort);
        try (Scratch scratch = Scratch.in(effort.data())) {
            Path json = scratch.path().resolve("bench.json");
            Path log = scratch.path().resolve("bench.log");
            Duration works = plan.warmUp().plus(plan.duration()).multipliedBy(2);
            int exitCode = processes.run(command(plan, scratch, json), log, works.plus(END_MAX));
            // It is 1 too if not all was received, which the report tells.
            if (exitCode != 0 && (!Files.exists(json) || Files.size(json) == 0)) {
                throw new MeasurementFailed("qight bench failed: " + Processes.lastWords(log));
            }
            BenchReport report = BenchReport.read(json);
            return echo ? report.echo(row) : report.measured(row, plan.receivers() > 0);
        }
    }

    private List<String> command(LoadPlan plan, Scratch scratch, Path json) {
        List<String> command = new ArrayList<>(List.of(launcher.toString(), "bench"));
        if (echo) {
            command.add("--echo");
        }
        if (plan.pace() instanceof Pace.Open open) {
            command.addAll(List.of("--rate", Long.toString(open.perSecond())));
        } else if (plan.pace() instanceof Pace.Closed closed) {
            command.addAll(List.of("--window", Integer.toString(closed.window())));
        }
        command.addAll(List.of("--receivers", Integer.toString(plan.receivers())));
        command.addAll(List.of("--payload", Integer.toString(plan.payloadBytes())));
        command.addAll(List.of("--durability", durability));
        command.addAll(List.of("--warm-up", plan.warmUp().toMillis() + "ms"));
        command.addAll(List.of("--duration", plan.duration().toMillis() + "ms"));
        command.addAll(List.of("--data", scratch.path().resolve("data").toString()));
        command.addAll(List.of("--json", json.toString()));
        return command;
    }
}
