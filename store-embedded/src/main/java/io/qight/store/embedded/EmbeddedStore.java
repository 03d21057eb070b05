package io.qight.store.embedded;

import io.qight.store.Expired;
import io.qight.store.MailboxStatistics;
import io.qight.store.MailboxStore;
import io.qight.store.Operation;
import io.qight.store.OutboxId;
import io.qight.store.OutboxState;
import io.qight.store.Outcome;
import io.qight.store.StoreException;
import io.qight.store.StoreStatistics;
import io.qight.store.StoredEnvelope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A mailbox store in a directory of the local disk: a segmented append log with its index in
 * memory.
 *
 * <p>A commit is one write and one sync at the end of the log ({@code FSYNC}). One of more than 8
 * MiB, or that reaches the end of a segment, is several: after a crash in the middle its first
 * operations may be stored without its last. Nothing of it is read before all of it is durable.
 *
 * <p>Threads: as the contract says. A thread of its own prepares and frees segments, compacts and
 * writes checkpoints. One store has the directory at a time; a lock sees to that.
 *
 * <p>Fails: a commit's failed write or sync ends writing for good, while reads go on. Damage is
 * named with file and offset, at open or when a damaged envelope is read. On a full disk appends
 * are refused, and removals go on and make room.
 */
public final class EmbeddedStore implements MailboxStore {
    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedStore.class);
    static final String LOCK_NAME = "lock";
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Disk disk;
    private final State state;
    private final EnvelopeReader reader;
    private final Preparation preparation;
    private final Writer writer;
    private final Housekeeper housekeeper;
    private final Pace pace;
    private final @Nullable ExecutorService thread;
    private volatile boolean closed;

    private EmbeddedStore(
            Disk disk,
            EmbeddedStoreConfig config,
            Opening opening,
            Executor executor,
            @Nullable ExecutorService thread) {
        this.disk = disk;
        this.thread = thread;
        state = opening.state();
        preparation = opening.preparation();
        pace = opening.pace();
        reader = new EnvelopeReader(disk, state);
        LogTail tail = new LogTail(state, preparation, config.durability(), opening.epoch());
        writer = new Writer(state, tail, config);
        housekeeper = new Housekeeper(disk, opening, writer, executor, config.segmentBytes());
    }

    /**
     * Opens the store in a directory, and makes both if they are not there.
     *
     * @throws StoreException.CannotOpen if another process has it, it is not a store, or it is one
     *     of a newer version
     * @throws StoreException.Damaged if what was synced is not there any more
     */
    public static EmbeddedStore open(Path directory, EmbeddedStoreConfig config) {
        try {
            Files.createDirectories(directory);
            ExecutorService thread =
                    Executors.newSingleThreadExecutor(task -> {
                        Thread made = new Thread(task, "qight-store-housekeeper");
                        made.setDaemon(true);
                        return made;
                    });
            try {
                return open(new FileDisk(directory), config, thread, thread);
            } catch (RuntimeException | Error e) {
                thread.shutdownNow();
                throw e;
            }
        } catch (IOException e) {
            throw new StoreException.CannotOpen(
                    "the store in %s cannot be opened: %s".formatted(directory, e.getMessage()), e);
        }
    }

    /**
     * Opens a store on any disk, with its housekeeping done where {@code executor} says; in place
     * ({@code Runnable::run}) every step comes in the same order each time.
     */
    static EmbeddedStore open(Disk disk, EmbeddedStoreConfig config, Executor executor) {
        return open(disk, config, executor, null);
    }

    private static EmbeddedStore open(
            Disk disk,
            EmbeddedStoreConfig config,
            Executor executor,
            @Nullable ExecutorService thread) {
        String name = disk.describe(LOCK_NAME);
        boolean locked = false;
        boolean opened = false;
        try {
            locked = disk.lock(LOCK_NAME, true);
            if (!locked) {
                throw new StoreException.CannotOpen(
                        "the store is in use by another process, which holds the lock " + name);
            }
            Opening opening = Opening.run(disk, config, RANDOM, thread != null);
            EmbeddedStore store = new EmbeddedStore(disk, config, opening, executor, thread);
            store.housekeeper.wake();
            opened = true;
            return store;
        } catch (IOException e) {
            throw new StoreException.CannotOpen(
                    "the store that holds %s cannot be opened: %s".formatted(name, e.getMessage()),
                    e);
        } finally {
            if (locked && !opened) {
                closeQuietly(disk);
            }
        }
    }

    @Override
    public List<Outcome> commit(List<Operation> batch) {
        List<Outcome> outcomes = writer.commit(batch);
        if (state.takeWork() || preparation.isFull()) {
            housekeeper.wake();
        }
        return outcomes;
    }

    @Override
    public List<StoredEnvelope> read(
            String mailbox, long afterSequence, int envelopesMax, long bytesMax) {
        throwIfClosed();
        try {
            return reader.read(mailbox, afterSequence, envelopesMax, bytesMax);
        } catch (StoreException.Unreadable e) {
            throwIfClosed();
            throw e;
        }
    }

    @Override
    public Expired expired(long nowMillis, int max) {
        throwIfClosed();
        state.lock.lock();
        try {
            return state.index.expired(nowMillis, max);
        } finally {
            state.lock.unlock();
        }
    }

    @Override
    public Optional<OutboxState> outbox(OutboxId id) {
        throwIfClosed();
        state.lock.lock();
        try {
            return Optional.ofNullable(state.outboxes.get(id)).map(Outbox::state);
        } finally {
            state.lock.unlock();
        }
    }

    @Override
    public List<OutboxId> forgettable(long nowMillis, int max) {
        throwIfClosed();
        state.lock.lock();
        try {
            return state.outboxes.forgettable(nowMillis, max);
        } finally {
            state.lock.unlock();
        }
    }

    @Override
    public Optional<MailboxStatistics> statistics(String name) {
        throwIfClosed();
        state.lock.lock();
        try {
            Mailbox mailbox = state.index.mailbox(name);
            if (mailbox == null || mailbox.waiting == 0) {
                return Optional.empty();
            }
            return Optional.of(
                    new MailboxStatistics(
                            mailbox.waiting,
                            mailbox.waitingBytes,
                            state.index.sequence(mailbox, 0),
                            state.index.lastSequence(mailbox)));
        } finally {
            state.lock.unlock();
        }
    }

    @Override
    public StoreStatistics statistics() {
        throwIfClosed();
        state.lock.lock();
        try {
            return new StoreStatistics(
                    state.index.mailboxes(),
                    state.index.waiting(),
                    state.index.waitingBytes(),
                    state.outboxes.size(),
                    state.segments.bytes() + housekeeper.checkpointBytes(),
                    state.found(),
                    state.appended(),
                    state.removed());
        } finally {
            state.lock.unlock();
        }
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        pace.hurry(true);
        endThread();
        try {
            Segment last = writer.close();
            if (last != null) {
                preparation.save(old -> old.withComplete(last.id));
            }
        } catch (IOException e) {
            LOG.warn("the store's log could not be ended in order: {}", e.toString());
        }
        state.lock.lock();
        try {
            for (Segment segment : state.segments.all()) {
                segment.file.close();
            }
        } catch (IOException e) {
            LOG.warn("a segment could not be closed: {}", e.toString());
        } finally {
            state.lock.unlock();
        }
        closeQuietly(disk);
    }

    private void endThread() {
        if (thread == null) {
            return;
        }
        thread.shutdown();
        boolean interrupted = false;
        boolean ended = false;
        while (!ended) {
            try {
                ended = thread.awaitTermination(1, TimeUnit.MINUTES);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void throwIfClosed() {
        if (closed) {
            throw new StoreException.Closed();
        }
    }

    private static void closeQuietly(Disk disk) {
        try {
            disk.close();
        } catch (IOException e) {
            LOG.warn("the lock could not be given back: {}", e.toString());
        }
    }
}
