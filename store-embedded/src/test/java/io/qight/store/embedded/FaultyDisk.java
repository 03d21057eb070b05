package io.qight.store.embedded;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A disk in memory that does what real ones do on a bad day, and nothing that {@link Disk} rules
 * out. It can stop at any operation that changes something, as a process that is killed or a
 * machine that loses its power; then {@link #afterKill} or {@link #afterPowerLoss} is the disk that
 * the next process finds. What was not forced is lost, torn or kept at random, in any order; so are
 * changes of names that no {@link #sync} followed. Writes and forces can fail, room can run out,
 * and bits can flip.
 *
 * <p>The same seed and the same operations give the same faults. Thread-safe.
 */
final class FaultyDisk implements Disk {
    /** What an operation does to the disk. */
    enum Kind {
        READ,
        WRITE,
        FORCE,
        NAMES,
        SYNC
    }

    /** The machine is off: every operation of this disk fails from now on. */
    static final class PowerLost extends IOException {
        private static final long serialVersionUID = 1L;
    }

    /** One change of names, whole or not at all; null where a name ends. */
    private record NameChange(Map<String, @Nullable FaultyFile> effects) {}

    private final Random random;
    private final Map<String, FaultyFile> names = new TreeMap<>();
    private final Map<String, FaultyFile> durableNames = new TreeMap<>();
    private final List<NameChange> pendingNames = new ArrayList<>();

    /** How often each file is open: one without a name takes room until it is closed. */
    private final Map<FaultyFile, Integer> open = new HashMap<>();

    private final Map<Kind, Integer> failures = new HashMap<>();
    private final Map<Kind, Boolean> failing = new HashMap<>();
    private long capacity = Long.MAX_VALUE;
    private long changes;
    private long stopAt = Long.MAX_VALUE;
    private int faults;
    private Runnable beforeChange = () -> {};
    private boolean stopped;
    private boolean locked;

    FaultyDisk(long seed) {
        this.random = new Random(seed);
    }

    // What tests ask of it.

    /** Stops at the change with this number from now, 1 being the next. */
    synchronized void stopAfter(long more) {
        stopAt = changes + more;
    }

    /** Whether it stopped. */
    synchronized boolean stopped() {
        return stopped;
    }

    /** Calls this before each change, on the thread that makes it. */
    synchronized void beforeEachChange(Runnable task) {
        beforeChange = task;
    }

    /** Lets one operation of the kind fail: the one after so many others of it. */
    synchronized void failOnce(Kind kind, int after) {
        failures.put(kind, after);
    }

    /** Lets all operations of the kind fail, or none. */
    synchronized void failAll(Kind kind, boolean fail) {
        failing.put(kind, fail);
    }

    /** How many changes of names a loss of power could still undo. */
    synchronized int unsyncedNames() {
        return pendingNames.size();
    }

    /** How many operations failed so, or found the disk full. */
    synchronized int faults() {
        return faults;
    }

    /** From now on files have so much room in all. */
    synchronized void capacity(long bytes) {
        capacity = bytes;
    }

    /** How many bytes files take. */
    synchronized long used() {
        Set<FaultyFile> taking = new HashSet<>(names.values());
        taking.addAll(open.keySet());
        return taking.stream().mapToLong(FaultyFile::size).sum();
    }

    /** Flips one bit of a file. */
    synchronized void flip(String name, int position, int bit) {
        file(name).flip(position, bit);
    }

    /** The names of all files. */
    synchronized List<String> names() {
        return List.copyOf(names.keySet());
    }

    /** How many bytes a file has. */
    synchronized int size(String name) {
        return file(name).size();
    }

    /** One byte of a file. */
    synchronized byte byteAt(String name, int position) {
        ByteBuffer one = ByteBuffer.allocate(1);
        file(name).read(one, position);
        return one.get(0);
    }

    /** What the next process finds when this one was killed: all that was written. */
    synchronized FaultyDisk afterKill() {
        stopped = true;
        FaultyDisk next = new FaultyDisk(random.nextLong());
        next.capacity = capacity;
        next.names.putAll(names);
        next.durableNames.putAll(durableNames);
        next.pendingNames.addAll(pendingNames);
        return next;
    }

    /** What the next process finds when the machine lost its power. */
    synchronized FaultyDisk afterPowerLoss() {
        stopped = true;
        FaultyFile.Survival[] survivals = FaultyFile.Survival.values();
        FaultyFile.Survival survival = survivals[random.nextInt(survivals.length)];
        Map<String, FaultyFile> left = new TreeMap<>(durableNames);
        for (NameChange change : pendingNames) {
            boolean kept =
                    switch (survival) {
                        case ALL -> true;
                        case NONE -> false;
                        case SOME -> random.nextBoolean();
                    };
            if (kept) {
                applyTo(left, change);
            }
        }
        // One file may have two names when the end of the old one was lost.
        for (FaultyFile file : new ArrayList<>(new LinkedHashSet<>(left.values()))) {
            file.losePower(random, survival);
        }
        FaultyDisk next = new FaultyDisk(random.nextLong());
        next.capacity = capacity;
        next.names.putAll(left);
        next.durableNames.putAll(left);
        return next;
    }

    // What the engine asks of it.

    @Override
    public synchronized List<String> list() throws IOException {
        check(Kind.READ);
        return new ArrayList<>(names.keySet());
    }

    @Override
    public DiskFile create(String name) throws IOException {
        beforeChange().run();
        return createNow(name);
    }

    private synchronized DiskFile createNow(String name) throws IOException {
        boolean last = change(Kind.NAMES);
        FaultyFile file = new FaultyFile();
        Map<String, @Nullable FaultyFile> effects = new HashMap<>();
        effects.put(name, file);
        changeNames(new NameChange(effects), last);
        return new Handle(file, true);
    }

    @Override
    public DiskFile open(String name) throws IOException {
        return open(name, true);
    }

    @Override
    public DiskFile openReadOnly(String name) throws IOException {
        return open(name, false);
    }

    @Override
    public void rename(String from, String to) throws IOException {
        beforeChange().run();
        renameNow(from, to);
    }

    private synchronized void renameNow(String from, String to) throws IOException {
        boolean last = change(Kind.NAMES);
        Map<String, @Nullable FaultyFile> effects = new HashMap<>();
        effects.put(to, find(from));
        effects.put(from, null);
        changeNames(new NameChange(effects), last);
    }

    @Override
    public void delete(String name) throws IOException {
        beforeChange().run();
        deleteNow(name);
    }

    private synchronized void deleteNow(String name) throws IOException {
        boolean last = change(Kind.NAMES);
        find(name);
        Map<String, @Nullable FaultyFile> effects = new HashMap<>();
        effects.put(name, null);
        changeNames(new NameChange(effects), last);
    }

    @Override
    public void sync() throws IOException {
        beforeChange().run();
        syncNow();
    }

    private synchronized void syncNow() throws IOException {
        boolean last = change(Kind.SYNC);
        if (!last || random.nextBoolean()) {
            durableNames.clear();
            durableNames.putAll(names);
            pendingNames.clear();
        }
        powerOffIf(last);
    }

    @Override
    public synchronized boolean lock(String name, boolean exclusive) throws IOException {
        check(Kind.READ);
        if (locked) {
            return false;
        }
        if (names.containsKey(name)) {
            locked = true;
        } else if (exclusive) {
            createNow(name).close();
            locked = true;
        } else {
            throw new NoSuchFileException(name);
        }
        return true;
    }

    @Override
    public String describe(String name) {
        return "/faulty/" + name;
    }

    @Override
    public synchronized void close() {
        locked = false;
    }

    private synchronized Runnable beforeChange() {
        return beforeChange;
    }

    private synchronized DiskFile open(String name, boolean writable) throws IOException {
        check(Kind.READ);
        return new Handle(find(name), writable);
    }

    private FaultyFile file(String name) {
        FaultyFile file = names.get(name);
        if (file == null) {
            throw new IllegalArgumentException("no file " + name);
        }
        return file;
    }

    private FaultyFile find(String name) throws NoSuchFileException {
        FaultyFile file = names.get(name);
        if (file == null) {
            throw new NoSuchFileException(describe(name));
        }
        return file;
    }

    private void changeNames(NameChange change, boolean last) throws PowerLost {
        applyTo(names, change);
        pendingNames.add(change);
        powerOffIf(last);
    }

    private static void applyTo(Map<String, FaultyFile> names, NameChange change) {
        change.effects.forEach((name, file) -> {
            if (file == null) {
                names.remove(name);
            } else {
                names.put(name, file);
            }
        });
    }

    /** Counts a change, and tells whether it is the last one, in the midst of which all stops. */
    private boolean change(Kind kind) throws IOException {
        check(kind);
        return ++changes == stopAt;
    }

    private void check(Kind kind) throws IOException {
        if (stopped) {
            throw new PowerLost();
        }
        Integer after = failures.get(kind);
        if (after != null) {
            failures.put(kind, after - 1);
            if (after == 0) {
                failures.remove(kind);
                faults++;
                throw new IOException("the disk failed (" + kind + ")");
            }
        }
        if (failing.getOrDefault(kind, false)) {
            faults++;
            throw new IOException("the disk fails (" + kind + ")");
        }
    }

    private void powerOffIf(boolean last) throws PowerLost {
        if (last) {
            stopped = true;
            throw new PowerLost();
        }
    }

    /** A file as the engine has it open. */
    private final class Handle implements DiskFile {
        private final FaultyFile file;
        private final boolean writable;
        private boolean closed;

        Handle(FaultyFile file, boolean writable) {
            this.file = file;
            this.writable = writable;
            open.merge(file, 1, Integer::sum);
        }

        @Override
        public long size() throws IOException {
            synchronized (FaultyDisk.this) {
                checkOpen(Kind.READ, false);
                return file.size();
            }
        }

        @Override
        public int read(ByteBuffer target, long position) throws IOException {
            synchronized (FaultyDisk.this) {
                checkOpen(Kind.READ, false);
                return file.read(target, position);
            }
        }

        @Override
        public void write(ByteBuffer source, long position) throws IOException {
            beforeChange().run();
            synchronized (FaultyDisk.this) {
                boolean last;
                try {
                    last = stopsAt(Kind.WRITE);
                } catch (PowerLost e) {
                    throw e;
                } catch (IOException e) {
                    writeSome(source, position, random.nextInt(source.remaining() + 1));
                    throw e;
                }
                long room = capacity - used() + file.size() - position;
                int count = (int) Math.min(source.remaining(), Math.max(0, room));
                boolean full = count < source.remaining();
                writeSome(source, position, last ? random.nextInt(count + 1) : count);
                powerOffIf(last);
                if (full) {
                    faults++;
                    throw new IOException("No space left on device");
                }
            }
        }

        @Override
        public void force() throws IOException {
            beforeChange().run();
            synchronized (FaultyDisk.this) {
                boolean last;
                try {
                    last = stopsAt(Kind.FORCE);
                } catch (PowerLost e) {
                    throw e;
                } catch (IOException e) {
                    file.forceInVain(random);
                    throw e;
                }
                if (!last || random.nextBoolean()) {
                    file.force();
                }
                powerOffIf(last);
            }
        }

        @Override
        public void close() {
            synchronized (FaultyDisk.this) {
                if (!closed) {
                    closed = true;
                    open.computeIfPresent(file, (same, count) -> count == 1 ? null : count - 1);
                }
            }
        }

        private void writeSome(ByteBuffer source, long position, int count) {
            byte[] bytes = new byte[count];
            source.get(bytes);
            file.write(Math.toIntExact(position), bytes);
        }

        private boolean stopsAt(Kind kind) throws IOException {
            checkOpen(kind, true);
            changes++;
            return changes == stopAt;
        }

        private void checkOpen(Kind kind, boolean forWriting) throws IOException {
            if (closed) {
                throw new ClosedChannelException();
            }
            if (forWriting && !writable) {
                throw new IllegalStateException("opened for reading alone");
            }
            check(kind);
        }
    }
}
