package io.qight.cli;

import io.qight.load.EchoOutcome;
import io.qight.load.EchoRun;
import io.qight.load.LoadPlan;
import io.qight.load.LoadRun;
import io.qight.load.MeasuredRelay;
import io.qight.load.Outcome;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Runs measurements one after the other, until the last or until it is told to stop. */
final class BenchSeries {
    private final Consumer<String> progress;
    private final List<Outcome> outcomes = new ArrayList<>();
    private boolean stopped;
    private @Nullable Runnable stopCurrent;

    /** Nothing runs yet. */
    BenchSeries(Consumer<String> progress) {
        this.progress = progress;
    }

    /**
     * What each gave; when it is stopped, the last may not be whole, and others are missing.
     *
     * @param withEcho whether each is preceded by the same with a raw echo
     */
    List<Outcome> run(List<LoadPlan> plans, MeasuredRelay relay, boolean withEcho)
            throws IOException, InterruptedException {
        for (LoadPlan plan : plans) {
            Optional<EchoOutcome> echo = withEcho ? echo(plan) : Optional.empty();
            LoadRun run = new LoadRun(plan, relay, progress);
            if (begin(run::stop)) {
                Outcome outcome = run.run();
                outcomes.add(echo.map(outcome::withEcho).orElse(outcome));
            }
        }
        return outcomes;
    }

    /** From any thread. */
    synchronized void stop() {
        stopped = true;
        if (stopCurrent != null) {
            stopCurrent.run();
        }
    }

    synchronized boolean stopped() {
        return stopped;
    }

    /** Each in a fresh process, and gone before the relay is measured. */
    private Optional<EchoOutcome> echo(LoadPlan plan) throws IOException, InterruptedException {
        progress.accept(plan.name() + ": raw echo");
        try (BenchEcho echo = BenchEcho.start()) {
            EchoRun run = echo.run(plan);
            return begin(run::stop) ? Optional.of(run.run()) : Optional.empty();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    private synchronized boolean begin(Runnable stop) {
        stopCurrent = stop;
        return !stopped;
    }
}
