package io.qight.cli;

import io.qight.load.EchoRun;
import io.qight.load.LoadPlan;
import io.qight.transport.Trust;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A raw echo in a process of its own. */
final class BenchEcho implements AutoCloseable {
    private static final Pattern READY = Pattern.compile("echo at (\\d+) ([0-9a-f]{64})");

    private final TemporaryDirectory directory;
    private final OwnProcess process;
    private final int port;
    private final Trust trust;

    private BenchEcho(TemporaryDirectory directory, OwnProcess process, int port, Trust trust) {
        this.directory = directory;
        this.process = process;
        this.port = port;
        this.trust = trust;
    }

    /** Returns when it listens. */
    static BenchEcho start() throws IOException, InterruptedException {
        TemporaryDirectory directory =
                TemporaryDirectory.create(Optional.empty(), "qight-bench-echo-");
        OwnProcess process =
                OwnProcess.start(READY, List.of(Main.ECHO, directory.path().toString()));
        try {
            Matcher ready = process.awaitStart();
            return new BenchEcho(
                    directory,
                    process,
                    Integer.parseInt(ready.group(1)),
                    Trust.fingerprint(ready.group(2)));
        } catch (RuntimeException | InterruptedException e) {
            process.close();
            directory.close();
            throw e;
        }
    }

    /** A measurement that has not begun. */
    EchoRun run(LoadPlan plan) {
        return new EchoRun(plan, port, trust);
    }

    @Override
    public void close() throws IOException {
        process.close();
        directory.close();
    }
}
