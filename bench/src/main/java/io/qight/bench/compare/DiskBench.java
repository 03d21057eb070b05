package io.qight.bench.compare;

import io.qight.load.LoadPlan;
import io.qight.load.Pace;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * The disk alone: one thread overwrites parts of a file that has its size already, and syncs after
 * each. As a row of its own a part is 4 KiB; beside those that send, it holds as many messages as
 * they have under way, which is the most that one sync can carry.
 */
final class DiskBench implements Contender {
    private static final int BLOCK_BYTES = 4096;
    private static final int FILE_BYTES = 64 << 20;

    /** Zeros over zeros might be no work for a virtual disk. */
    private static final SplittableRandom RANDOM = new SplittableRandom(1);

    @Override
    public String name() {
        return "disk";
    }

    @Override
    public String version() {
        return "fdatasync by FileChannel.force(false)";
    }

    @Override
    public String stored() {
        return "written to a file and synced";
    }

    @Override
    public String setUp() {
        return "64 MiB, overwritten with noise; in the row of sends, payloads of all that is under way at"
                + " each sync";
    }

    @Override
    public boolean takes(Row row) {
        return row == Row.DISK || row == Row.SEND;
    }

    @Override
    public Measured measure(Row row, Effort effort) throws IOException {
        LoadPlan plan = row.plan(effort);
        int messages =
                row == Row.SEND && plan.pace() instanceof Pace.Closed closed ? closed.window() : 1;
        int bytes = row == Row.SEND ? messages * plan.payloadBytes() : BLOCK_BYTES;
        try (Scratch scratch = Scratch.in(effort.data());
                FileChannel file =
                        FileChannel.open(
                                scratch.path().resolve("file"),
                                StandardOpenOption.CREATE_NEW,
                                StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.allocate(FILE_BYTES), 0);
            file.force(true);
            ByteBuffer part = ByteBuffer.allocateDirect(bytes);
            while (part.remaining() >= Long.BYTES) {
                part.putLong(RANDOM.nextLong());
            }
            syncNanos(file, part, effort.warmUp());
            long[] nanos = syncNanos(file, part, effort.duration());
            double perSecond = messages * nanos.length * 1e9 / Arrays.stream(nanos).sum();
            Arrays.sort(nanos);
            return new Measured(
                    Map.of(
                            Figure.PER_SECOND,
                            perSecond,
                            Figure.P50,
                            nanos[nanos.length / 2] / 1e3,
                            Figure.P99,
                            nanos[nanos.length * 99 / 100] / 1e3),
                    true);
        }
    }

    /** How long each took; at least one is made. */
    private static long[] syncNanos(FileChannel file, ByteBuffer part, Duration duration)
            throws IOException {
        long[] nanos = new long[1024];
        int count = 0;
        long at = 0;
        long start = System.nanoTime();
        long now = start;
        do {
            part.clear();
            at = at + part.capacity() > FILE_BYTES ? 0 : at;
            at += file.write(part, at);
            file.force(false);
            long before = now;
            now = System.nanoTime();
            nanos = count == nanos.length ? Arrays.copyOf(nanos, 2 * count) : nanos;
            nanos[count++] = now - before;
        } while (now - start < duration.toNanos());
        return Arrays.copyOf(nanos, count);
    }
}
