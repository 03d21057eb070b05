package io.qight.bench.compare;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The processes that a command has started: all of them end with it, also at a signal, when what
 * has been measured so far is still reported. Thread-safe.
 */
final class Processes implements AutoCloseable {
    private static final Duration END_MAX = Duration.ofSeconds(30);
    private static final int LINES_TOLD = 5;

    private final Set<Process> running = ConcurrentHashMap.newKeySet();
    private volatile boolean stopped;

    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread hook = new Thread(this::endAtSignal, "bench-stop");

    private Processes() {}

    /** From now on a signal ends them, and the process itself when this is closed. */
    static Processes watched() {
        Processes processes = new Processes();
        Runtime.getRuntime().addShutdownHook(processes.hook);
        return processes;
    }

    /** Whether the command is to end. */
    boolean stopped() {
        return stopped;
    }

    /** Starts one, which writes all its words to the log. */
    Process start(List<String> command, Path log) throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
        builder.redirectInput(new File("/dev/null"));
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        synchronized (this) {
            if (stopped) {
                throw new MeasurementFailed("it was stopped");
            }
            Process process = builder.start();
            running.add(process);
            return process;
        }
    }

    /** Runs one to its end, and gives its exit code. */
    int run(List<String> command, Path log, Duration most)
            throws IOException, InterruptedException {
        Process process = start(command, log);
        try {
            if (!process.waitFor(most.toSeconds(), TimeUnit.SECONDS)) {
                throw new MeasurementFailed(
                        "it did not end within " + most.toSeconds() + " s: " + lastWords(log));
            }
            return process.exitValue();
        } finally {
            end(process);
        }
    }

    /** Tells one to end, and waits until it has. */
    void end(Process process) {
        process.destroy();
        boolean interrupted = Thread.interrupted();
        try {
            if (!process.waitFor(END_MAX.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            interrupted = true;
        }
        running.remove(process);
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** The command has ended: none of them runs any more. */
    @Override
    public void close() {
        closed.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // It runs, and was waiting for this.
        }
    }

    /** All that one says, which ends by itself; empty if it says nothing. */
    List<String> words(List<String> command) throws IOException, InterruptedException {
        Path log = Files.createTempFile("qight-compare-", ".log");
        try {
            run(command, log, END_MAX);
            return words(log);
        } finally {
            Files.delete(log);
        }
    }

    /** The end of what one has written. */
    static String lastWords(Path log) throws IOException {
        List<String> lines = words(log);
        return String.join(
                " / ", lines.subList(Math.max(0, lines.size() - LINES_TOLD), lines.size()));
    }

    private static List<String> words(Path log) throws IOException {
        return new String(Files.readAllBytes(log), StandardCharsets.UTF_8)
                .lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .toList();
    }

    private void endAtSignal() {
        List<Process> all;
        synchronized (this) {
            stopped = true;
            all = List.copyOf(running);
        }
        all.forEach(this::end);
        try {
            closed.await(END_MAX.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
