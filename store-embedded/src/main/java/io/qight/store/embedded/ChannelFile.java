package io.qight.store.embedded;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * A file of a {@link FileDisk}.
 *
 * <p>Java closes a file channel when a thread that uses it is interrupted. Reads are made by the
 * threads of others, so they have a channel of their own, opened again when that happens; the
 * channel for writing is used by the engine's threads alone, which nobody interrupts.
 */
final class ChannelFile implements DiskFile {
    /** Java keeps, for each thread, a direct buffer as large as its largest read into the heap. */
    private static final int HEAP_READ_BYTES_MAX = 128 << 10;

    private final Path path;
    private final @Nullable FileChannel writing;
    private FileChannel reading;
    private boolean closed;

    private ChannelFile(Path path, @Nullable FileChannel writing) throws IOException {
        this.path = path;
        this.writing = writing;
        this.reading = FileChannel.open(path, StandardOpenOption.READ);
    }

    static ChannelFile create(Path path) throws IOException {
        return new ChannelFile(
                path,
                FileChannel.open(
                        path,
                        StandardOpenOption.WRITE,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING));
    }

    static ChannelFile open(Path path, boolean writable) throws IOException {
        return new ChannelFile(
                path, writable ? FileChannel.open(path, StandardOpenOption.WRITE) : null);
    }

    @Override
    public long size() throws IOException {
        return reading().size();
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
        boolean interrupted = Thread.interrupted();
        int start = target.position();
        try {
            while (true) {
                FileChannel channel = reading();
                try {
                    return readFully(channel, target, position);
                } catch (ClosedByInterruptException e) {
                    interrupted |= Thread.interrupted();
                } catch (ClosedChannelException e) {
                    // another reader was interrupted; reading() tells if the file itself is closed
                }
                target.position(start);
                reopen();
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public void write(ByteBuffer source, long position) throws IOException {
        FileChannel channel = writing();
        long at = position;
        while (source.hasRemaining()) {
            at += channel.write(source, at);
        }
    }

    @Override
    public void force() throws IOException {
        writing().force(false);
    }

    @Override
    public synchronized void close() throws IOException {
        closed = true;
        reading.close();
        if (writing != null) {
            writing.close();
        }
    }

    private static int readFully(FileChannel channel, ByteBuffer target, long position)
            throws IOException {
        int start = target.position();
        int limit = target.limit();
        int count = 0;
        while (count >= 0 && target.position() < limit) {
            if (!target.isDirect()) {
                target.limit(Math.min(limit, target.position() + HEAP_READ_BYTES_MAX));
            }
            count = channel.read(target, position + target.position() - start);
        }
        target.limit(limit);
        return target.position() - start;
    }

    private synchronized FileChannel reading() throws IOException {
        if (closed) {
            throw new ClosedChannelException();
        }
        return reading;
    }

    private synchronized void reopen() throws IOException {
        if (!closed && !reading.isOpen()) {
            reading = FileChannel.open(path, StandardOpenOption.READ);
        }
    }

    private FileChannel writing() {
        if (writing == null) {
            throw new IllegalStateException("opened for reading alone: " + path);
        }
        return writing;
    }
}
