package io.qight.cli;

import io.qight.testkit.promises.Delivery;
import io.qight.testkit.promises.History;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** A running {@link ReceiverProgram}, what it says going into a history. */
final class ReceiverProcess implements AutoCloseable {
    private final String name;
    private final Recorder recorder;
    private final Process process;
    private final Thread reader;
    private final AtomicLong received = new AtomicLong();

    private ReceiverProcess(String name, Recorder recorder, Process process) {
        this.name = name;
        this.recorder = recorder;
        this.process = process;
        this.reader = new Thread(this::read, name);
        reader.setDaemon(true);
        reader.start();
    }

    static ReceiverProcess start(
            String name,
            Recorder recorder,
            String relayAddress,
            Path certificate,
            List<String> mailboxes)
            throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-Xmx64m"));
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        command.addAll(List.of(ReceiverProgram.class.getName(), relayAddress));
        command.add(certificate.toString());
        command.addAll(mailboxes);
        recorder.history().connected(name);
        Process process =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        return new ReceiverProcess(name, recorder, process);
    }

    long received() {
        return received.get();
    }

    /** SIGKILL; all that it said before is in the history then. */
    void kill() throws InterruptedException {
        process.destroyForcibly();
        recorder.history().connectionLost(name);
        reader.join(TimeUnit.SECONDS.toMillis(Conditions.PATIENCE.toSeconds()));
        if (reader.isAlive()) {
            throw new AssertionError("the output of " + name + " does not end");
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    private void read() {
        try (BufferedReader lines =
                new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.endsWith(" .")) {
                    record(line.split(" +"));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void record(String[] words) {
        History history = recorder.history();
        long number = Long.parseLong(words[1]);
        switch (words[0]) {
            case "delivered" -> {
                history.delivered(
                        new Delivery(
                                name,
                                number,
                                words[2],
                                words[3],
                                Long.parseLong(words[4]),
                                Long.parseLong(words[5]),
                                Long.parseLong(words[6]),
                                Integer.parseInt(words[7]),
                                Integer.parseInt(words[8])));
                received.incrementAndGet();
            }
            case "acking" -> history.acking(name, number);
            case "acked" -> recorder.ackedElsewhere(name, number);
            case "lost" -> history.leaseLost(name, number);
            default -> throw new AssertionError(List.of(words));
        }
    }
}
