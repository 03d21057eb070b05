package io.qight.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Takes a sample each second, on a thread of its own. */
final class Sampler {
    private static final Path INTERFACES = Path.of("/proc/net/dev");

    /** What it received; as much was sent. */
    private static final Pattern LOOPBACK = Pattern.compile("(?m)^\\s*lo:\\s*(\\d+) ");

    private final MeasuredRelay relay;
    private final Tally tally;
    private final long startNanos;
    private final List<Sample> samples = new ArrayList<>();
    private final ScheduledExecutorService clock =
            Executors.newSingleThreadScheduledExecutor(task -> {
                Thread thread = new Thread(task, "qight-bench-sampler");
                thread.setDaemon(true);
                return thread;
            });

    private Sampler(MeasuredRelay relay, Tally tally, long startNanos) {
        this.relay = relay;
        this.tally = tally;
        this.startNanos = startNanos;
    }

    /** Takes the first at once; each is also told. */
    static Sampler start(
            MeasuredRelay relay, Tally tally, long startNanos, Consumer<Sample> listener) {
        Sampler sampler = new Sampler(relay, tally, startNanos);
        sampler.take();
        sampler.clock.scheduleAtFixedRate(
                () -> listener.accept(sampler.take()), 1, 1, TimeUnit.SECONDS);
        return sampler;
    }

    /** Takes the last, and gives all. */
    List<Sample> end() throws InterruptedException {
        clock.shutdown();
        clock.awaitTermination(10, TimeUnit.SECONDS);
        take();
        synchronized (samples) {
            return List.copyOf(samples);
        }
    }

    private Sample take() {
        Sample sample =
                new Sample(
                        (System.nanoTime() - startNanos) / 1e9,
                        tally.sent(),
                        tally.stored(),
                        tally.received(),
                        tally.refused(),
                        relay.pid().isPresent()
                                ? ProcessUse.of(relay.pid().getAsLong())
                                : ProcessUse.UNKNOWN,
                        ProcessUse.of(ProcessHandle.current().pid()),
                        storeBytes(),
                        relay.onLoopback()
                                ? ProcessUse.number(INTERFACES, LOOPBACK, bytes -> bytes)
                                : OptionalLong.empty());
        synchronized (samples) {
            samples.add(sample);
        }
        return sample;
    }

    private OptionalLong storeBytes() {
        if (relay.store().isEmpty()) {
            return OptionalLong.empty();
        }
        try (Stream<Path> files = Files.list(relay.store().get())) {
            return OptionalLong.of(files.mapToLong(Sampler::size).sum());
        } catch (IOException | UncheckedIOException e) {
            return OptionalLong.empty();
        }
    }

    /** The store may remove a file meanwhile. */
    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            return 0;
        }
    }
}
