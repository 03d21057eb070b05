package io.qight.bench;

import io.qight.store.Durability;
import io.qight.store.MailboxStore;
import io.qight.store.Operation;
import io.qight.store.Outcome;
import io.qight.store.Removal;
import io.qight.store.StoredEnvelope;
import io.qight.store.embedded.EmbeddedStore;
import io.qight.store.embedded.EmbeddedStoreConfig;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.HdrHistogram.Histogram;

/**
 * Measures the embedded store alone: 256-byte envelopes, 100,000 mailboxes, one writer. The first
 * argument is an empty directory, the others are phases, run in their order on one store:
 *
 * <ul>
 *   <li>{@code append:B:N} appends N envelopes in commits of B, synced
 *   <li>{@code mixed:B:N} appends B, reads the mailboxes touched, removes what was read
 *   <li>{@code backlog:N} appends N in commits of 1,024, not synced
 *   <li>{@code drain} reads and removes everything, mailbox after mailbox
 *   <li>{@code housekeeping:B:N} see {@link HousekeepingPhase}
 *   <li>{@code deep:N} and {@code emptied:N}: see {@link OneMailboxPhases}
 *   <li>{@code reopen} opens the directory anew; best after the process was killed
 *   <li>{@code memory} says what the store takes of the process's memory
 *   <li>{@code hold} waits to be killed
 * </ul>
 */
public final class StoreBenchmark {
    private static final int MAILBOXES = 100_000;
    private static final int ENVELOPE_BYTES = 256;
    private static final int DRAIN_BATCH = 1024;
    private static final long DAY_MILLIS = 86_400_000;

    private final Path directory;
    private final SplittableRandom random = new SplittableRandom(1);
    private final byte[] noise = new byte[1 << 20];
    private final String[] names = new String[MAILBOXES];
    private MailboxStore store;
    private Durability durability = Durability.FSYNC;

    private StoreBenchmark(Path directory) {
        this.directory = directory;
        random.nextBytes(noise);
        for (int i = 0; i < MAILBOXES; i++) {
            names[i] = "mailbox-" + i;
        }
        this.store = open();
    }

    /** Runs the phases. */
    public static void main(String[] arguments) throws InterruptedException {
        StoreBenchmark benchmark = new StoreBenchmark(Path.of(arguments[0]));
        for (int i = 1; i < arguments.length; i++) {
            benchmark.run(arguments[i].split(":"));
        }
        benchmark.store.close();
    }

    private void run(String[] phase) throws InterruptedException {
        switch (phase[0]) {
            case "append" -> {
                use(Durability.FSYNC);
                append(Integer.parseInt(phase[1]), Integer.parseInt(phase[2]));
            }
            case "mixed" -> {
                use(Durability.FSYNC);
                mixed(Integer.parseInt(phase[1]), Integer.parseInt(phase[2]));
            }
            case "backlog" -> {
                use(Durability.OS);
                append(DRAIN_BATCH, Integer.parseInt(phase[1]));
            }
            case "drain" -> {
                use(Durability.FSYNC);
                drain();
            }
            case "housekeeping" -> {
                use(Durability.FSYNC);
                new HousekeepingPhase(store)
                        .run(Integer.parseInt(phase[1]), Integer.parseInt(phase[2]));
            }
            case "deep" -> {
                use(Durability.OS);
                new OneMailboxPhases(store).deep(Integer.parseInt(phase[1]));
            }
            case "emptied" -> {
                use(Durability.OS);
                new OneMailboxPhases(store).emptied(Integer.parseInt(phase[1]));
            }
            case "reopen" -> {
                store.close();
                store = open();
            }
            case "memory" -> memory();
            case "hold" -> {
                say("holding " + ProcessHandle.current().pid());
                Thread.sleep(Long.MAX_VALUE);
            }
            default -> throw new IllegalArgumentException("no phase " + phase[0]);
        }
    }

    private void use(Durability wanted) {
        if (wanted != durability) {
            durability = wanted;
            store.close();
            store = open();
        }
    }

    private MailboxStore open() {
        long start = System.nanoTime();
        MailboxStore opened =
                EmbeddedStore.open(
                        directory, EmbeddedStoreConfig.defaults().withDurability(durability));
        say(
                "open: %d ms, %s"
                        .formatted((System.nanoTime() - start) / 1_000_000, opened.statistics()));
        return opened;
    }

    private void append(int batchSize, int count) {
        Histogram latencies = new Histogram(3);
        long start = System.nanoTime();
        for (int done = 0; done < count; done += batchSize) {
            List<Operation> batch = new ArrayList<>(batchSize);
            for (int i = 0; i < batchSize; i++) {
                batch.add(append(random.nextInt(MAILBOXES)));
            }
            commit(batch, latencies);
        }
        report("append b" + batchSize + " " + durability, count, start, latencies);
    }

    private void mixed(int batchSize, int count) {
        Histogram latencies = new Histogram(3);
        long start = System.nanoTime();
        List<Operation> batch = new ArrayList<>();
        for (int done = 0; done < count; done += batchSize) {
            int[] touched = new int[batchSize];
            for (int i = 0; i < batchSize; i++) {
                touched[i] = random.nextInt(MAILBOXES);
                batch.add(append(touched[i]));
            }
            commit(batch, latencies);
            batch = new ArrayList<>(2 * batchSize);
            for (int i = 0; i < batchSize; i++) {
                removeAll(touched[i], batch);
            }
        }
        commit(batch, latencies);
        report("mixed b" + batchSize, count, start, latencies);
    }

    private void drain() {
        Histogram latencies = new Histogram(3);
        long start = System.nanoTime();
        long count = store.statistics().waiting();
        List<Operation> batch = new ArrayList<>(2 * DRAIN_BATCH);
        for (int mailbox = 0; mailbox < MAILBOXES; mailbox++) {
            removeAll(mailbox, batch);
            if (batch.size() >= DRAIN_BATCH) {
                commit(batch, latencies);
                batch = new ArrayList<>(2 * DRAIN_BATCH);
            }
        }
        commit(batch, latencies);
        report("drain", count, start, latencies);
    }

    private void memory() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        long heap = runtime.totalMemory() - runtime.freeMemory();
        long direct =
                ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                        .mapToLong(BufferPoolMXBean::getMemoryUsed)
                        .sum();
        long waiting = store.statistics().waiting();
        say(
                "memory: %d bytes of heap and %d outside; %.1f bytes for each of %d envelopes"
                        .formatted(heap, direct, (double) (heap + direct) / waiting, waiting));
    }

    private void removeAll(int mailbox, List<Operation> into) {
        String name = names[mailbox];
        for (StoredEnvelope envelope : store.read(name, 0, 10_000, 16 << 20)) {
            into.add(new Operation.Remove(name, envelope.sequence(), Removal.ACKED));
        }
    }

    private void commit(List<Operation> batch, Histogram latencies) {
        long start = System.nanoTime();
        List<Outcome> outcomes = store.commit(batch);
        latencies.recordValue((System.nanoTime() - start) / 1000);
        for (Outcome outcome : outcomes) {
            if (outcome instanceof Outcome.Refused) {
                throw new IllegalStateException("refused: " + outcome);
            }
        }
    }

    private Operation append(int mailbox) {
        int at = random.nextInt(noise.length - ENVELOPE_BYTES);
        long now = System.currentTimeMillis();
        return new Operation.Append(
                names[mailbox],
                (byte) 0,
                now,
                now + DAY_MILLIS + random.nextInt(1_000_000),
                ByteBuffer.wrap(noise, at, ENVELOPE_BYTES),
                null);
    }

    private void report(String phase, long count, long start, Histogram latencies) {
        double seconds = (System.nanoTime() - start) / 1e9;
        say(
                "%s: %,.0f/s (%d in %.1f s); commit p50 %d us, p99 %d us, p99.9 %d us, max %d us"
                        .formatted(
                                phase,
                                count / seconds,
                                count,
                                seconds,
                                latencies.getValueAtPercentile(50),
                                latencies.getValueAtPercentile(99),
                                latencies.getValueAtPercentile(99.9),
                                latencies.getMaxValue()));
        say("  %d bytes on disk".formatted(store.statistics().mediumBytes()));
    }

    @SuppressWarnings("SystemOut")
    static void say(String line) {
        System.out.println(line);
    }
}
