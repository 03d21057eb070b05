package io.qight.store.embedded;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * What a {@link FaultyDisk} knows of one file, whatever its names: the bytes that readers see, the
 * bytes that are safe, and the writes between the two. Its disk's lock guards it.
 */
final class FaultyFile {
    private static final int SECTOR = 512;

    private static final class Write {
        final int position;
        final byte[] bytes;

        Write(int position, byte[] bytes) {
            this.position = position;
            this.bytes = bytes;
        }

        Write part(int from, int to) {
            return new Write(position + from, Arrays.copyOfRange(bytes, from, to));
        }
    }

    private byte[] written = {};
    private byte[] durable = {};
    private final List<Write> pending = new ArrayList<>();

    int size() {
        return written.length;
    }

    int read(ByteBuffer target, long position) {
        if (position >= written.length) {
            return 0;
        }
        int count = Math.min(target.remaining(), written.length - (int) position);
        target.put(written, (int) position, count);
        return count;
    }

    void write(int position, byte[] bytes) {
        Write write = new Write(position, bytes);
        written = applied(written, write);
        pending.add(write);
    }

    void force() {
        for (Write write : pending) {
            durable = applied(durable, write);
        }
        pending.clear();
    }

    /**
     * A force that failed: some of the writes are durable, and the system thinks that all are, so
     * that readers see them and no later force brings them to the disk.
     */
    void forceInVain(Random random) {
        keepSome(random);
        pending.clear();
    }

    /** The bytes that survive a loss of power: random parts of what was never forced. */
    void losePower(Random random, Survival survival) {
        switch (survival) {
            case ALL -> force();
            case NONE -> {}
            case SOME -> keepSome(random);
        }
        pending.clear();
        written = durable.clone();
    }

    /** Changes one bit, on the disk and in what readers see. */
    void flip(int position, int bit) {
        written = written.clone();
        written[position] ^= (byte) (1 << bit);
        if (position < durable.length) {
            durable = durable.clone();
            durable[position] ^= (byte) (1 << bit);
        }
    }

    private void keepSome(Random random) {
        int percent = random.nextInt(101);
        for (Write write : pending) {
            int dice = random.nextInt(100);
            if (dice < percent / 2) {
                durable = applied(durable, write);
            } else if (dice < percent) {
                for (Write part : torn(write, random)) {
                    durable = applied(durable, part);
                }
            }
        }
        if (written.length > durable.length && random.nextBoolean()) {
            // The size reached the disk, the bytes did not.
            durable = Arrays.copyOf(durable, written.length);
        }
    }

    /** The parts of a write that were kept: its beginning, its end, or some of its sectors. */
    private static List<Write> torn(Write write, Random random) {
        int length = write.bytes.length;
        if (length < 2) {
            return List.of();
        }
        int border = 1 + random.nextInt(length - 1);
        return switch (random.nextInt(3)) {
            case 0 -> List.of(write.part(0, border));
            case 1 -> List.of(write.part(border, length));
            default -> someSectors(write, random);
        };
    }

    private static List<Write> someSectors(Write write, Random random) {
        List<Write> sectors = new ArrayList<>();
        int length = write.bytes.length;
        int from = 0;
        while (from < length) {
            int to = Math.min(length, from + SECTOR - (write.position + from) % SECTOR);
            if (random.nextBoolean()) {
                sectors.add(write.part(from, to));
            }
            from = to;
        }
        return sectors;
    }

    private static byte[] applied(byte[] content, Write write) {
        int end = write.position + write.bytes.length;

        byte[] result = end > content.length ? Arrays.copyOf(content, end) : content;
        System.arraycopy(write.bytes, 0, result, write.position, write.bytes.length);
        return result;
    }

    /** How much of what was not forced a loss of power leaves. */
    enum Survival {
        ALL,
        NONE,
        SOME
    }
}
