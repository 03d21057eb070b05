package io.qight.store.embedded;

import java.io.IOException;
import java.nio.ByteBuffer;

/** An open file of a {@link Disk}. Any thread may call any method. */
interface DiskFile extends AutoCloseable {
    /** How many bytes the file has. */
    long size() throws IOException;

    /**
     * Reads from {@code position} until the buffer is full or the file ends.
     *
     * @return how many bytes were read; fewer than asked for only where the file ends
     */
    int read(ByteBuffer target, long position) throws IOException;

    /** Writes all that remains in the buffer at {@code position}; the file grows if it has to. */
    void write(ByteBuffer source, long position) throws IOException;

    /**
     * Makes everything written before durable, and the size. After a failure nothing is known of
     * what was written since the last success, and calling again proves nothing.
     */
    void force() throws IOException;

    @Override
    void close() throws IOException;
}
