package io.qight.store.embedded;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.zip.CRC32C;

/**
 * At open, copies what survives of the segment that was written last to a new one, and syncs that:
 * what the operating system shows of a file that was never synced may still be lost. Batches keep
 * their places, so that the copy is the same but for its id, its epoch and the seal at its end.
 */
final class TailCopy {
    private TailCopy() {}

    /**
     * Copies, and makes the manifest name the copy in the place of the segment.
     *
     * @param last the segment, whose intact batches end before {@code end}
     */
    static CopyFile make(
            Disk disk, Preparation preparation, ManifestFile manifest, Segment last, long epoch)
            throws IOException {
        CopyFile copy =
                CopyFile.write(
                        disk,
                        preparation,
                        manifest,
                        last.copiedAt,
                        target -> copy(last, target, epoch));
        disk.sync();
        preparation.save(old ->
                old.withCopy(new Manifest.Entry(copy.id(), last.copiedAt), Set.of(last.id))
                        .withComplete(copy.id()));
        return copy;
    }

    private static void copy(Segment last, CopyFile copy, long epoch) throws IOException {
        CRC32C crc = new CRC32C();
        SegmentScanner scanner = new SegmentScanner(last.file, last.id);
        BatchHeader header = null;
        while (scanner.next()) {
            header = scanner.header();
            ByteBuffer batch = scanner.buffer();
            int records = BatchHeader.recordsAt(batch, scanner.at());
            ByteBuffer bytes = batch.slice(scanner.at(), scanner.length()).order(batch.order());
            moved(header, copy, epoch, header.flags())
                    .encode(bytes, scanner.length(), records, crc);
            copy.write(bytes);
        }
        if (header == null) {
            throw new IllegalStateException("there is nothing to copy");
        }
        if (!header.isSeal()) {
            ByteBuffer seal = Format.direct(Format.BATCH_HEADER_BYTES);
            BatchHeader sealing = sealAfter(last, header);
            moved(sealing, copy, epoch, Format.SEAL).encode(seal, seal.capacity(), 0, crc);
            copy.write(seal);
        }
    }

    private static BatchHeader moved(BatchHeader header, CopyFile copy, long epoch, int flags) {
        return new BatchHeader(
                copy.id(),
                epoch,
                header.number(),
                header.sequence(),
                header.mailbox(),
                copy.position(),
                flags);
    }

    private static BatchHeader sealAfter(Segment last, BatchHeader header) {
        return new BatchHeader(
                0, 0, header.number() + 1, last.endSequence, header.mailbox(), 0, Format.SEAL);
    }
}
