package io.qight.bench;

import io.qight.store.MailboxStore;
import io.qight.store.Operation;
import io.qight.store.Outcome;
import io.qight.store.Removal;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import org.HdrHistogram.Histogram;

/**
 * How long commits take while the store's housekeeper is at work, beside those in quiet times of
 * the same run. What it does is seen from outside, by its stack before and after each commit.
 *
 * <p>The work: commits of B appends to a few mailboxes and of as many removals. One in ten
 * envelopes stays, so that segments come to be mostly dead, one after the other, and are copied.
 */
final class HousekeepingPhase {
    private enum Doing {
        NOTHING,
        PREPARING,
        CHECKPOINT,
        COMPACTION
    }

    private record Appended(String mailbox, long sequence) {}

    private static final String THREAD = "qight-store-housekeeper";
    private static final int MAILBOXES = 1000;
    private static final int WAITING_MAX = 300_000;
    private static final int ENVELOPE_BYTES = 256;
    private static final int STAYING_RATIO = 10;

    private final MailboxStore store;
    private final Thread housekeeper;
    private final SplittableRandom random = new SplittableRandom(2);
    private final byte[] noise = new byte[1 << 20];
    private final Deque<Appended> waiting = new ArrayDeque<>();
    private final Map<Doing, Histogram> latencies = new EnumMap<>(Doing.class);

    HousekeepingPhase(MailboxStore store) {
        this.store = store;
        this.housekeeper =
                Thread.getAllStackTraces().keySet().stream()
                        .filter(thread -> thread.getName().equals(THREAD))
                        .findFirst()
                        .orElseThrow();
        random.nextBytes(noise);
    }

    void run(int batchSize, int count) {
        Doing before = doing();
        for (int done = 0; done < count; done += batchSize) {
            List<Operation> batch = batch(batchSize);
            long start = System.nanoTime();
            List<Outcome> outcomes = store.commit(batch);
            long micros = (System.nanoTime() - start) / 1000;
            Doing after = doing();
            // The rarer of the two, so that what is called quiet was quiet at both ends.
            latencies
                    .computeIfAbsent(
                            after.compareTo(before) > 0 ? after : before, doing -> new Histogram(3))
                    .recordValue(micros);
            before = after;
            note(batch, outcomes);
        }
        latencies.forEach(HousekeepingPhase::report);
    }

    private List<Operation> batch(int size) {
        List<Operation> batch = new ArrayList<>(2 * size);
        long now = System.currentTimeMillis();
        for (int i = 0; i < size; i++) {
            ByteBuffer bytes =
                    ByteBuffer.wrap(
                            noise, random.nextInt(noise.length - ENVELOPE_BYTES), ENVELOPE_BYTES);
            String mailbox = "housekeeping-" + random.nextInt(MAILBOXES);
            batch.add(new Operation.Append(mailbox, (byte) 0, now, now + 86_400_000, bytes, null));
        }
        while (waiting.size() > WAITING_MAX) {
            Appended oldest = waiting.remove();
            batch.add(new Operation.Remove(oldest.mailbox, oldest.sequence, Removal.ACKED));
        }
        return batch;
    }

    private void note(List<Operation> batch, List<Outcome> outcomes) {
        for (int i = 0; i < batch.size(); i++) {
            if (outcomes.get(i) instanceof Outcome.Stored stored) {
                Operation.Append append = (Operation.Append) batch.get(i);
                if (random.nextInt(STAYING_RATIO) > 0) {
                    waiting.add(new Appended(append.mailbox(), stored.sequence()));
                }
            } else if (!(outcomes.get(i) instanceof Outcome.Done)) {
                throw new IllegalStateException("refused: " + outcomes.get(i));
            }
        }
    }

    private Doing doing() {
        Doing found = Doing.NOTHING;
        for (StackTraceElement frame : housekeeper.getStackTrace()) {
            String name = frame.getClassName();
            String simple = name.substring(name.lastIndexOf('.') + 1);
            Doing doing =
                    switch (simple) {
                        case "Compaction" -> Doing.COMPACTION;
                        case "CheckpointWriter" -> Doing.CHECKPOINT;
                        case "Housekeeper" -> Doing.PREPARING;
                        default -> Doing.NOTHING;
                    };
            if (doing.compareTo(found) > 0) {
                found = doing;
            }
        }
        return found;
    }

    private static void report(Doing doing, Histogram latencies) {
        long[] percentiles =
                Arrays.stream(new double[] {50, 90, 99, 99.9})
                        .mapToLong(latencies::getValueAtPercentile)
                        .toArray();
        StoreBenchmark.say(
                "housekeeper at %s: %d commits; p50 %d us, p90 %d us, p99 %d us, p99.9 %d us, max %d us"
                        .formatted(
                                doing.name().toLowerCase(Locale.ROOT),
                                latencies.getTotalCount(),
                                percentiles[0],
                                percentiles[1],
                                percentiles[2],
                                percentiles[3],
                                latencies.getMaxValue()));
    }
}
