package io.qight.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A {@code qight relay} in a process of its own. */
final class RunningRelay implements AutoCloseable {
    private static final Pattern LISTENS = Pattern.compile("listens at +\\S+:(\\d+) ");

    /** The end of what it says at its start, which it says in one piece. */
    private static final String NEXT = " fetch ";

    private static final Pattern FINGERPRINT = Pattern.compile("fingerprint +([0-9a-f]{64})");
    private static final long TIMEOUT_SECONDS = 30;

    private final Process process;
    private final List<String> said = new ArrayList<>();
    private final CompletableFuture<Integer> port = new CompletableFuture<>();

    private RunningRelay(Process process) {
        this.process = process;
        Thread reader = new Thread(this::read, "relay's standard error");
        reader.setDaemon(true);
        reader.start();
    }

    /** Starts it on a free port and waits until it listens. */
    static RunningRelay start(Program program, String... options) throws Exception {
        List<String> arguments = new ArrayList<>(List.of("relay"));
        if (!List.of(options).contains("--listen")) {
            arguments.addAll(List.of("--listen", "127.0.0.1:0"));
        }
        arguments.addAll(List.of(options));
        RunningRelay relay = new RunningRelay(program.start(arguments.toArray(String[]::new)));
        try {
            relay.port();
        } catch (Exception e) {
            relay.close();
            throw e;
        }
        return relay;
    }

    int port() throws Exception {
        return port.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    }

    String address() throws Exception {
        return "127.0.0.1:" + port();
    }

    /** The fingerprint that it says is to be pinned. */
    String fingerprint() {
        Matcher matcher = FINGERPRINT.matcher(said());
        if (!matcher.find()) {
            throw new AssertionError("no fingerprint in:\n" + said());
        }
        return matcher.group(1);
    }

    /** All that it has said so far. */
    String said() {
        synchronized (said) {
            return String.join("\n", said);
        }
    }

    Process process() {
        return process;
    }

    /** SIGTERM, and the exit code. */
    int terminate() {
        process.destroy();
        return exitCode();
    }

    /** Another signal, by its name. */
    void signal(String name) throws IOException, InterruptedException {
        String pid = Long.toString(process.pid());
        assertThat(new ProcessBuilder("kill", "-" + name, pid).start().waitFor()).isZero();
    }

    /** SIGKILL. */
    void kill() {
        process.destroyForcibly();
        exitCode();
    }

    int exitCode() {
        try {
            if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError("the relay did not end:\n" + said());
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        return process.exitValue();
    }

    @Override
    public void close() {
        process.destroyForcibly();
        exitCode();
    }

    private void read() {
        try (BufferedReader lines =
                new BufferedReader(
                        new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                synchronized (said) {
                    said.add(line);
                }
                Matcher matcher = LISTENS.matcher(said());
                if (line.contains(NEXT) && matcher.find()) {
                    port.complete(Integer.valueOf(matcher.group(1)));
                }
            }
        } catch (IOException e) {
            port.completeExceptionally(new UncheckedIOException(e));
        }
        port.completeExceptionally(new AssertionError("the relay ended:\n" + said()));
    }
}
