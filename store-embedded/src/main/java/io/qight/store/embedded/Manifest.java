package io.qight.store.embedded;

import io.qight.store.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.zip.CRC32C;

/**
 * What is part of the store: its segments in the order in which they are replayed, and its
 * checkpoint. A file that is not named here is none of its own.
 *
 * @param generation counts the manifests
 * @param storeHigh the first half of the store's random id
 * @param storeLow the second half
 * @param nextSegment an id that no segment has or had
 * @param checkpoint the number of the checkpoint; 0 if there is none
 * @param complete the id of a segment that is known to be sealed and synced, as are those before
 *     it; 0 if none is known to be
 * @param next the next free numbers when this was written; the log may know higher ones
 * @param entries the segments in their order; those that hold nothing yet are the last
 */
record Manifest(
        long generation,
        long storeHigh,
        long storeLow,
        int nextSegment,
        int checkpoint,
        int complete,
        NextNumbers next,
        List<Entry> entries) {
    static final String NAME = "manifest";
    static final String NEW_NAME = "manifest.new";

    private static final int HEAD_BYTES = 40;
    private static final int ENTRY_BYTES = 16;

    /** Copies the list. */
    Manifest {
        entries = List.copyOf(entries);
    }

    /**
     * A segment.
     *
     * @param id which one
     * @param copiedAt see {@link Segment#copiedAt}
     */
    record Entry(int id, long copiedAt) {}

    static Manifest first(long storeHigh, long storeLow) {
        return new Manifest(0, storeHigh, storeLow, 1, 0, 0, new NextNumbers(1, 1, 1), List.of());
    }

    Manifest withEntries(List<Entry> newEntries) {
        return new Manifest(
                generation,
                storeHigh,
                storeLow,
                nextSegment,
                checkpoint,
                complete,
                next,
                newEntries);
    }

    /** The same without some segments. */
    Manifest without(Set<Integer> ids) {
        return withEntries(entries.stream().filter(entry -> !ids.contains(entry.id)).toList());
    }

    /** The same with a copy in the place of the segments that it was made of. */
    Manifest withCopy(Entry copy, Set<Integer> run) {
        List<Entry> changed = new ArrayList<>();
        boolean placed = false;
        for (Entry entry : entries) {
            if (run.contains(entry.id) && !placed) {
                changed.add(copy);
                placed = true;
            } else if (!run.contains(entry.id) && entry.id != copy.id) {
                changed.add(entry);
            }
        }
        return withEntries(changed);
    }

    Manifest withNextSegment(int id) {
        return new Manifest(
                generation, storeHigh, storeLow, id, checkpoint, complete, next, entries);
    }

    Manifest withCheckpoint(int number) {
        return new Manifest(
                generation, storeHigh, storeLow, nextSegment, number, complete, next, entries);
    }

    Manifest withComplete(int id) {
        return new Manifest(
                generation, storeHigh, storeLow, nextSegment, checkpoint, id, next, entries);
    }

    /** The manifest after this one. */
    Manifest following(NextNumbers newNext) {
        return new Manifest(
                generation + 1,
                storeHigh,
                storeLow,
                nextSegment,
                checkpoint,
                complete,
                newNext,
                entries);
    }

    FileHeader header(FileHeader.Kind kind, long number) {
        return new FileHeader(kind, storeHigh, storeLow, number, 0, 0);
    }

    ByteBuffer encode() {
        int bodyBytes = HEAD_BYTES + entries.size() * ENTRY_BYTES;
        ByteBuffer bytes = Format.direct(Format.FILE_HEADER_BYTES + bodyBytes);
        bytes.position(Format.FILE_HEADER_BYTES);
        bytes.putInt(nextSegment).putInt(checkpoint).putInt(complete).putInt(entries.size());
        bytes.putLong(next.sequence()).putLong(next.mailbox()).putLong(next.batch());
        for (Entry entry : entries) {
            bytes.putInt(entry.id).putInt(0).putLong(entry.copiedAt);
        }
        int checksum =
                Format.checksum(new CRC32C(), bytes, Format.FILE_HEADER_BYTES, bytes.capacity());
        FileHeader header =
                new FileHeader(
                        FileHeader.Kind.MANIFEST,
                        storeHigh,
                        storeLow,
                        generation,
                        bodyBytes,
                        checksum);
        bytes.put(0, header.encode(), 0, Format.FILE_HEADER_BYTES);
        return bytes.position(0);
    }

    /** Reads the manifest of a store. */
    static Manifest read(Disk disk) throws IOException {
        String name = disk.describe(NAME);
        try (DiskFile file = disk.openReadOnly(NAME)) {
            FileHeader header = FileHeader.read(file, FileHeader.Kind.MANIFEST, name);
            long bodyBytes = header.bodyBytes();
            if (bodyBytes < HEAD_BYTES || bodyBytes > file.size() - Format.FILE_HEADER_BYTES) {
                throw new StoreException.Damaged(name + " is damaged: it is cut off");
            }
            ByteBuffer body = Format.direct((int) bodyBytes);
            file.read(body, Format.FILE_HEADER_BYTES);
            body.flip();
            if (header.bodyChecksum() != Format.checksum(new CRC32C(), body, 0, (int) bodyBytes)) {
                throw new StoreException.Damaged(
                        "%s is damaged at offset %d: wrong checksum"
                                .formatted(name, Format.FILE_HEADER_BYTES));
            }
            return decode(header, body);
        }
    }

    private static Manifest decode(FileHeader header, ByteBuffer body) {
        int nextSegment = body.getInt();
        int checkpoint = body.getInt();
        int complete = body.getInt();
        int count = body.getInt();
        NextNumbers next = new NextNumbers(body.getLong(), body.getLong(), body.getLong());
        List<Entry> entries = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            int id = body.getInt();
            entries.add(new Entry(id, body.position(body.position() + 4).getLong()));
        }
        return new Manifest(
                header.number(),
                header.storeHigh(),
                header.storeLow(),
                nextSegment,
                checkpoint,
                complete,
                next,
                entries);
    }
}
