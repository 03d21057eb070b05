package io.qight.bench;

import io.qight.store.MailboxStore;
import io.qight.store.Operation;
import io.qight.store.Outcome;
import io.qight.store.Removal;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.HdrHistogram.Histogram;

/** What it costs to read from a mailbox, beside one that holds, or held, nearly nothing. */
final class OneMailboxPhases {
    private static final int BATCH = 1024;
    private static final int ROUNDS = 100_000;
    private static final int SHALLOW = 100;

    private final MailboxStore store;
    private final SplittableRandom random = new SplittableRandom(3);
    private final byte[] envelope = new byte[256];

    OneMailboxPhases(MailboxStore store) {
        this.store = store;
        random.nextBytes(envelope);
    }

    /** Reads single envelopes at random places of a mailbox of so many, and asks how many wait. */
    void deep(int count) {
        long[] shallow = fill("shallow", SHALLOW);
        long[] deep = fill("deep", count);
        for (String pass : List.of("first", "second")) {
            Histogram shallowReads = new Histogram(3);
            Histogram deepReads = new Histogram(3);
            Histogram deepStatistics = new Histogram(3);
            for (int i = 0; i < ROUNDS; i++) {
                long nearby = shallow[random.nextInt(SHALLOW)];
                time(shallowReads, store -> readOne(store, "shallow", nearby));
                long anywhere = deep[random.nextInt(count)];
                time(deepReads, store -> readOne(store, "deep", anywhere));
                time(deepStatistics, store -> store.statistics("deep"));
            }
            report(pass + " pass, one of " + SHALLOW, shallowReads);
            report(pass + " pass, one of " + count, deepReads);
            report(pass + " pass, statistics of " + count, deepStatistics);
        }
    }

    /** Reads a mailbox that held many, and a fresh one: both empty, and with one envelope each. */
    void emptied(int count) {
        long[] sequences = fill("emptied", count);
        for (int from = 0; from < count; from += BATCH) {
            remove("emptied", sequences, from, Math.min(count, from + BATCH));
        }
        for (int i = 0; i < 2; i++) {
            Histogram ofEmptied = new Histogram(3);
            Histogram ofFresh = new Histogram(3);
            for (int k = 0; k < ROUNDS; k++) {
                time(ofEmptied, store -> store.read("emptied", 0, 100, 1 << 20));
                time(ofFresh, store -> store.read("fresh", 0, 100, 1 << 20));
            }
            report("emptied of " + count + ", holds " + i, ofEmptied);
            report("fresh, holds " + i, ofFresh);
            fill("emptied", 1);
            fill("fresh", 1);
        }
    }

    private static void readOne(MailboxStore store, String mailbox, long sequence) {
        if (store.read(mailbox, sequence - 1, 1, 0).get(0).sequence() != sequence) {
            throw new IllegalStateException("another envelope was read");
        }
    }

    private long[] fill(String mailbox, int count) {
        long[] sequences = new long[count];
        long now = System.currentTimeMillis();
        for (int done = 0; done < count; done += BATCH) {
            List<Operation> batch = new ArrayList<>();
            for (int i = done; i < Math.min(count, done + BATCH); i++) {
                ByteBuffer bytes = ByteBuffer.wrap(envelope);
                batch.add(
                        new Operation.Append(
                                mailbox, (byte) 0, now, now + 86_400_000, bytes, null));
            }
            int at = done;
            for (Outcome outcome : store.commit(batch)) {
                sequences[at++] = ((Outcome.Stored) outcome).sequence();
            }
        }
        return sequences;
    }

    private void remove(String mailbox, long[] sequences, int from, int to) {
        List<Operation> batch = new ArrayList<>();
        for (int i = from; i < to; i++) {
            batch.add(new Operation.Remove(mailbox, sequences[i], Removal.ACKED));
        }
        store.commit(batch);
    }

    private void time(Histogram into, Consumer<MailboxStore> work) {
        long start = System.nanoTime();
        work.accept(store);
        into.recordValue(System.nanoTime() - start);
    }

    private static void report(String what, Histogram nanos) {
        StoreBenchmark.say(
                "%s: median %d ns, p99 %d ns"
                        .formatted(
                                what,
                                nanos.getValueAtPercentile(50),
                                nanos.getValueAtPercentile(99)));
    }
}
