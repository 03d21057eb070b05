package io.qight.store.embedded;

import io.qight.store.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/**
 * The first 64 bytes of every file, the same in all versions of the format: what the file is, of
 * which version, and whose.
 *
 * @param kind what the file is
 * @param storeHigh the first half of the store's id
 * @param storeLow the second half
 * @param number the segment's id, the checkpoint's number or the manifest's generation
 * @param bodyBytes how many bytes follow
 * @param bodyChecksum the CRC32C of a manifest's body; 0 elsewhere
 */
record FileHeader(
        Kind kind, long storeHigh, long storeLow, long number, long bodyBytes, int bodyChecksum) {
    private static final int CHECKSUM_AT = 60;

    /** What a file is. */
    enum Kind {
        MANIFEST("QIGHTMAN"),
        SEGMENT("QIGHTSEG"),
        CHECKPOINT("QIGHTCHK");

        private final String magic;

        Kind(String magic) {
            this.magic = magic;
        }
    }

    /** The 64 bytes. */
    ByteBuffer encode() {
        ByteBuffer bytes = Format.direct(Format.FILE_HEADER_BYTES);
        bytes.put(kind.magic.getBytes(StandardCharsets.US_ASCII)).putInt(Format.VERSION).putInt(0);
        bytes.putLong(storeHigh).putLong(storeLow).putLong(number);
        bytes.putLong(bodyBytes).putInt(bodyChecksum);
        bytes.putInt(CHECKSUM_AT, Format.checksum(new CRC32C(), bytes, 0, CHECKSUM_AT));
        return bytes.position(0);
    }

    /** Whether the file is one of the same store. */
    boolean sameStore(long high, long low) {
        return storeHigh == high && storeLow == low;
    }

    /**
     * Reads a file's header.
     *
     * @param name the file, as people find it
     * @throws StoreException.CannotOpen if it is no such file, or of a newer version
     * @throws StoreException.Damaged if the header's checksum is wrong
     */
    static FileHeader read(DiskFile file, Kind kind, String name) throws IOException {
        ByteBuffer bytes = Format.direct(Format.FILE_HEADER_BYTES);
        int count = file.read(bytes, 0);
        byte[] magic = new byte[8];
        bytes.get(0, magic);
        if (count < bytes.capacity()
                || !kind.magic.equals(new String(magic, StandardCharsets.US_ASCII))) {
            throw new StoreException.CannotOpen(name + " is no file of a Qight store");
        }
        if (bytes.getInt(CHECKSUM_AT) != Format.checksum(new CRC32C(), bytes, 0, CHECKSUM_AT)) {
            throw new StoreException.Damaged(name + " is damaged at offset 0: wrong checksum");
        }
        int version = bytes.getInt(8);
        if (version > Format.VERSION) {
            throw new StoreException.CannotOpen(
                    "%s has format version %d, and this program knows versions up to %d"
                            .formatted(name, version, Format.VERSION));
        }
        return new FileHeader(
                kind,
                bytes.getLong(16),
                bytes.getLong(24),
                bytes.getLong(32),
                bytes.getLong(40),
                bytes.getInt(48));
    }
}
