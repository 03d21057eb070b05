package io.qight.cli;

import io.qight.load.LoadPlan;
import io.qight.load.MeasuredRelay;
import io.qight.load.Outcome;
import io.qight.load.Report;
import io.qight.load.ReportTable;
import io.qight.store.Durability;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code qight bench}. */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Measure how fast a relay is here.",
            "Without --relay it starts one of its own in another process, on a free port of this"
                    + " machine, with a store that is removed at the end. Senders and receivers"
                    + " are in this process. Ctrl-C ends it with what there is by then."
        },
        footer = {
            "",
            "Examples:",
            "  qight bench --quick",
            "  qight bench --quick --html report.html",
            "  qight bench --rate 10000 --durability memory --echo",
            "  qight bench --rate 1000 --sign --seal",
            "  qight bench --receivers 0 --payload 1KiB --duration 30s --json report.json",
            "  qight bench --relay 127.0.0.1:4433 --rate 500"
        })
final class BenchCommand implements Callable<Integer> {
    /** The longest that a run takes to end when it is stopped. */
    private static final Duration LAST_WORK = Duration.ofMinutes(1);

    @Spec private CommandSpec spec;

    @Mixin private BenchPlan plan;

    @Option(
            names = "--echo",
            description = {
                "First do the same with a raw QUIC echo of as many bytes, and show the ratio."
            })
    private boolean echo;

    @Mixin private RelayTarget target;

    @Option(
            names = "--durability",
            paramLabel = "LEVEL",
            converter = DurabilityConverter.class,
            completionCandidates = DurabilityConverter.Candidates.class,
            description = "Of its own relay: fsync, os or memory. Default: fsync.")
    private @Nullable Durability durability;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = {
                "Where its own relay keeps its store while it is measured. Default: the system's"
                        + " directory for temporary files."
            })
    private @Nullable Path data;

    @Mixin private BenchFiles files;

    private final AtomicReference<String> line = new AtomicReference<>("starting");
    private final BenchSeries series = new BenchSeries(this::tell);

    @Override
    public Integer call() throws IOException, InterruptedException {
        List<LoadPlan> plans = plan.plans();
        if (target.given()) {
            checkGivenRelay();
        }
        files.create();
        // Until its own relay is gone, and its store: else a signal would leave them behind.
        EndWithProcess end = EndWithProcess.watch(series::stop, LAST_WORK);
        int exitCode = Failures.FAILED;
        try {
            exitCode = target.given() ? measure(plans, givenRelay()) : measureOwn(plans);
            return exitCode;
        } finally {
            end.ended(exitCode);
        }
    }

    private int measureOwn(List<LoadPlan> plans) throws IOException, InterruptedException {
        Durability level = durability != null ? durability : Durability.FSYNC;
        try (BenchRelay relay = BenchRelay.start(Optional.ofNullable(data), level)) {
            int exitCode = measure(plans, relay.measured());
            if (!series.stopped()) {
                relay.requireAlive();
            }
            return exitCode;
        }
    }

    private void checkGivenRelay() {
        if (durability != null || data != null) {
            throw new ParameterException(
                    spec.commandLine(), "--durability and --data are of a relay of its own.");
        }
        if (echo && !target.onLoopback()) {
            throw new ParameterException(
                    spec.commandLine(), "--echo needs a relay on this machine.");
        }
    }

    private MeasuredRelay givenRelay() {
        return new MeasuredRelay(
                target::connect,
                target.address(),
                OptionalLong.empty(),
                Optional.empty(),
                target.onLoopback());
    }

    private int measure(List<LoadPlan> plans, MeasuredRelay relay)
            throws IOException, InterruptedException {
        boolean withEcho = echo || (plan.quick() && relay.onLoopback());
        Progress progress = Progress.start(line::get);
        List<Outcome> outcomes;
        try {
            outcomes = series.run(plans, relay, withEcho);
        } finally {
            progress.end();
        }
        report(Report.of(facts(relay), relay.store(), outcomes));
        boolean whole = outcomes.stream().allMatch(Outcome::whole);
        return whole || series.stopped() ? Failures.DONE : Failures.FAILED;
    }

    /** In place on a terminal, else line by line. */
    private void tell(String text) {
        line.set(text);
        if (!Terminal.errors()) {
            Failures.say(text);
        }
    }

    private Map<String, String> facts(MeasuredRelay relay) {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("qight", VersionCommand.version());
        facts.put("options", String.join(" ", spec.commandLine().getParseResult().originalArgs()));
        facts.put("relay", relay.address() + (target.given() ? "" : ", its own"));
        facts.put(
                "durability",
                target.given()
                        ? "unknown (the relay's operator chose it)"
                        : (durability != null ? durability : Durability.FSYNC).token());
        return facts;
    }

    private void report(Report report) throws IOException {
        files.write(report);
        try (Output out = Output.standard()) {
            for (String line : ReportTable.lines(report)) {
                out.line(line);
            }
        }
    }
}
