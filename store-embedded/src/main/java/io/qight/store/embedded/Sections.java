package io.qight.store.embedded;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The parts of a checkpoint: after the file header, sections of a length (u32), a kind (u32) and a
 * CRC32C over kind and body (u32), then the body.
 */
final class Sections {
    static final int MAILBOXES = 1;
    static final int OUTBOXES = 2;
    static final int FAILURES = 3;
    static final int SEGMENTS = 4;
    static final int END = 5;

    /** A section is cut before it has more than this, where it can be. */
    static final int BODY_BYTES = 256 << 10;

    static final int HEAD_BYTES = 12;
    private static final int KIND_AT = 4;
    private static final int CHECKSUM_AT = 8;

    private Sections() {}

    /** Begins a section: its body is put after the position. */
    static ByteBuffer begin(ByteBuffer buffer) {
        return buffer.clear().position(HEAD_BYTES);
    }

    /** Ends a section: the buffer holds the bytes to write. */
    static ByteBuffer end(ByteBuffer buffer, int kind, CRC32C crc) {
        buffer.flip();
        buffer.putInt(0, buffer.limit() - HEAD_BYTES).putInt(KIND_AT, kind);
        return buffer.putInt(CHECKSUM_AT, checksum(buffer, 0, buffer.limit(), kind, crc));
    }

    private static int checksum(ByteBuffer buffer, int at, int end, int kind, CRC32C crc) {
        return Format.checksum(crc, buffer, at + HEAD_BYTES, end) ^ kind * 0x9E3779B9;
    }

    /** Reads a checkpoint's sections. */
    static final class Reader {
        private final CRC32C crc = new CRC32C();
        private final DiskFile file;
        private final long size;
        private ByteBuffer buffer = Format.direct(1 << 20);
        private long position = Format.FILE_HEADER_BYTES;
        private long bodyAt;
        private int kind;

        Reader(DiskFile file) throws IOException {
            this.file = file;
            this.size = file.size();
        }

        int kind() {
            return kind;
        }

        /** Where the next section begins. */
        long position() {
            return position;
        }

        /** The next section's body, from position to limit; null if it is damaged or missing. */
        @Nullable ByteBuffer next() throws IOException {
            buffer.clear().limit(HEAD_BYTES);
            if (size - position < HEAD_BYTES || file.read(buffer, position) < HEAD_BYTES) {
                return null;
            }
            int length = buffer.getInt(0);
            kind = buffer.getInt(KIND_AT);
            int checksum = buffer.getInt(CHECKSUM_AT);
            bodyAt = position + HEAD_BYTES;
            if (length < 0 || length > size - bodyAt) {
                return null;
            }
            if (buffer.capacity() < length) {
                buffer = Format.direct(length);
            }
            buffer.clear().limit(length);
            file.read(buffer, bodyAt);
            buffer.flip();
            int actual = Format.checksum(crc, buffer, 0, length) ^ kind * 0x9E3779B9;
            if (buffer.limit() < length || actual != checksum) {
                return null;
            }
            position = bodyAt + length;
            return buffer;
        }
    }
}
