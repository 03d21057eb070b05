package io.qight.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Another command of this program, in a process that runs as this one does: same Java, same flags.
 */
final class OwnProcess implements AutoCloseable {
    private static final long START_SECONDS_MAX = 60;
    private static final long END_SECONDS_MAX = 30;
    private static final int LINES_KEPT = 10;

    private final Process process;
    private final Pattern ready;
    private final CompletableFuture<Matcher> started = new CompletableFuture<>();
    private final ArrayDeque<String> lastLines = new ArrayDeque<>();

    private OwnProcess(Process process, Pattern ready) {
        this.process = process;
        this.ready = ready;
        Thread reader = new Thread(this::read, "qight-bench-reader");
        reader.setDaemon(true);
        reader.start();
    }

    /** Starts it; {@code ready} is found in a line that it writes when it can be used. */
    static OwnProcess start(Pattern ready, List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        String classPath = System.getProperty("java.class.path");
        if (classPath.endsWith(".jar") && !classPath.contains(java.io.File.pathSeparator)) {
            // Only so are the jar's own words on native access heard.
            command.addAll(List.of("-jar", classPath));
        } else {
            command.addAll(List.of("-cp", classPath, Main.class.getName()));
        }
        command.addAll(arguments);
        return new OwnProcess(new ProcessBuilder(command).redirectErrorStream(true).start(), ready);
    }

    /** What was found in its line, when it can be used. */
    Matcher awaitStart() throws InterruptedException {
        try {
            return started.get(START_SECONDS_MAX, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new CommandFailure(
                    Failures.FAILED,
                    "the process for " + ready + " did not start: " + lastWords(),
                    e);
        }
    }

    long pid() {
        return process.pid();
    }

    /** Whether it runs. */
    boolean alive() {
        return process.isAlive();
    }

    /** What it said last. */
    String lastWords() {
        synchronized (lastLines) {
            return String.join("; ", lastLines);
        }
    }

    /** Tells it to end, and waits until it has. */
    @Override
    public void close() {
        process.destroy();
        boolean interrupted = Thread.interrupted();
        try {
            if (!process.waitFor(END_SECONDS_MAX, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void read() {
        try (BufferedReader lines =
                new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                synchronized (lastLines) {
                    lastLines.add(line);
                    if (lastLines.size() > LINES_KEPT) {
                        lastLines.remove();
                    }
                }
                Matcher matcher = ready.matcher(line);
                if (matcher.find()) {
                    started.complete(matcher);
                }
            }
            started.completeExceptionally(new IOException("it ended"));
        } catch (IOException e) {
            started.completeExceptionally(e);
        }
    }
}
