package io.qight.store.embedded;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** A directory of the file system. */
final class FileDisk implements Disk {
    /**
     * The lock files this process has open. POSIX gives up a process's lock when the process closes
     * any descriptor of the file, so the second try must not even open it.
     */
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private static final boolean WINDOWS = System.getProperty("os.name", "").startsWith("Windows");

    private final Path directory;
    private @Nullable Path heldPath;
    private @Nullable FileChannel lockChannel;

    /** A directory that is there. */
    FileDisk(Path directory) throws IOException {
        this.directory = directory.toRealPath();
    }

    @Override
    public List<String> list() throws IOException {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                names.add(String.valueOf(entry.getFileName()));
            }
        }
        return names;
    }

    @Override
    public DiskFile create(String name) throws IOException {
        return ChannelFile.create(path(name));
    }

    @Override
    public DiskFile open(String name) throws IOException {
        return ChannelFile.open(path(name), true);
    }

    @Override
    public DiskFile openReadOnly(String name) throws IOException {
        return ChannelFile.open(path(name), false);
    }

    @Override
    public void rename(String from, String to) throws IOException {
        try {
            Files.move(path(from), path(to), StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            throw new IOException("the file system cannot replace a file in one step", e);
        }
    }

    @Override
    public void delete(String name) throws IOException {
        Files.delete(path(name));
    }

    @Override
    public void sync() throws IOException {
        if (WINDOWS) {
            return; // Windows cannot open a directory, and journals its names by itself
        }
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    @Override
    public synchronized boolean lock(String name, boolean exclusive) throws IOException {
        Path path = path(name);
        if (!HELD.add(path)) {
            return false;
        }
        boolean locked = false;
        try {
            FileChannel channel =
                    exclusive
                            ? FileChannel.open(
                                    path, StandardOpenOption.WRITE, StandardOpenOption.CREATE)
                            : FileChannel.open(path, StandardOpenOption.READ);
            FileLock lock = channel.tryLock(0, Long.MAX_VALUE, !exclusive);
            if (lock == null) {
                channel.close();
                return false;
            }
            locked = true;
            lockChannel = channel;
            heldPath = path;
            return true;
        } catch (NoSuchFileException e) {
            throw new IOException("there is no file " + path, e);
        } finally {
            if (!locked) {
                HELD.remove(path);
            }
        }
    }

    @Override
    public String describe(String name) {
        return path(name).toString();
    }

    @Override
    public synchronized void close() throws IOException {
        FileChannel channel = lockChannel;
        Path path = heldPath;
        if (channel != null && path != null) {
            lockChannel = null;
            channel.close();
            HELD.remove(path);
        }
    }

    private Path path(String name) {
        return directory.resolve(name);
    }
}
