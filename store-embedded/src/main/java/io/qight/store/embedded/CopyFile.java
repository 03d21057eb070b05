package io.qight.store.embedded;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Set;

/**
 * A segment that is written as a copy of others, which the manifest names only when it is whole and
 * synced. Where there is no room for a new file it is one of the reserve. Used by one thread.
 */
final class CopyFile {
    private final Disk disk;
    private final Preparation preparation;
    private final long copiedAt;
    private int id;
    private DiskFile file;
    private boolean spare;
    private int capacity = Integer.MAX_VALUE;
    private int position = Format.FILE_HEADER_BYTES;

    private CopyFile(Disk disk, Preparation preparation, long copiedAt, int id, DiskFile file) {
        this.disk = disk;
        this.preparation = preparation;
        this.copiedAt = copiedAt;
        this.id = id;
        this.file = file;
    }

    /** Writes a copy by {@code writing}, first to a new file, then to a spare one. */
    static CopyFile write(
            Disk disk,
            Preparation preparation,
            ManifestFile manifest,
            long copiedAt,
            Writing writing)
            throws IOException {
        int id = preparation.newId();
        DiskFile file = disk.create(Preparation.fileName(id));
        CopyFile copy = new CopyFile(disk, preparation, copiedAt, id, file);
        try {
            manifest.addBallast();
            file.write(manifest.current().header(FileHeader.Kind.SEGMENT, id).encode(), 0);
            writing.to(copy);
            file.force();
            return copy;
        } catch (RuntimeException e) {
            copy.abandon();
            throw e;
        } catch (IOException full) {
            copy.abandon();
            if (!copy.useSpare()) {
                throw full;
            }
        }
        try {
            writing.to(copy);
            copy.file.force();
            return copy;
        } catch (IOException | RuntimeException e) {
            copy.abandon();
            throw e;
        }
    }

    /** What writes the batches of a copy, from the first to the seal; it may be asked twice. */
    interface Writing {
        /** Writes all batches. */
        void to(CopyFile copy) throws IOException;
    }

    int id() {
        return id;
    }

    DiskFile file() {
        return file;
    }

    long copiedAt() {
        return copiedAt;
    }

    /** Where the next batch goes, and at last where the segment ends. */
    int position() {
        return position;
    }

    /** Writes the next batch. */
    void write(ByteBuffer batch) throws IOException {
        int end = Format.align(position + batch.remaining());
        if (end > capacity) {
            throw new IOException("the copy does not fit into the spare segment");
        }
        file.write(batch, position);
        position = end;
    }

    void force() throws IOException {
        file.force();
    }

    /** Removes what was written; a spare segment leaves the store with it. */
    void abandon() throws IOException {
        file.close();
        if (spare) {
            preparation.save(old -> old.without(Set.of(id)));
        }
        disk.delete(Preparation.fileName(id));
    }

    private boolean useSpare() {
        Segment segment = preparation.takeSpare();
        if (segment == null) {
            return false;
        }
        id = segment.id;
        file = segment.file;
        capacity = segment.capacity;
        position = Format.FILE_HEADER_BYTES;
        spare = true;
        return true;
    }
}
