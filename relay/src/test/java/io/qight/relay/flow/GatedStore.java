package io.qight.relay.flow;

import io.qight.store.Expired;
import io.qight.store.MailboxStatistics;
import io.qight.store.MailboxStore;
import io.qight.store.MemoryStore;
import io.qight.store.Operation;
import io.qight.store.OutboxId;
import io.qight.store.OutboxState;
import io.qight.store.Outcome;
import io.qight.store.StoreException;
import io.qight.store.StoreStatistics;
import io.qight.store.StoredEnvelope;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A store in memory whose commits wait at a gate, or fail, and whose reads may find damage. Closing
 * it is noted, and leaves it readable.
 */
public final class GatedStore implements MailboxStore {
    private final MemoryStore inner;
    final List<Integer> batches = Collections.synchronizedList(new ArrayList<>());
    private final Semaphore gate = new Semaphore(0);
    private final AtomicInteger commitsBegun = new AtomicInteger();
    private volatile boolean gated;
    private volatile boolean failing;
    private volatile boolean failingRemovals;
    private volatile boolean damaged;
    private volatile boolean closed;

    /** Open, sound and empty. */
    public GatedStore(MemoryStore inner) {
        this.inner = inner;
    }

    /** From now on commits wait. */
    public void closeGate() {
        gated = true;
    }

    /** Commits go on. */
    public void openGate() {
        gated = false;
        gate.release(1_000_000);
    }

    /** Whether a commit stands at the gate. */
    public boolean someoneWaits() {
        return gate.hasQueuedThreads();
    }

    /** From now on commits fail. */
    public void failCommits() {
        failing = true;
    }

    /** From now on commits that remove anything fail. */
    public void failRemovals() {
        failingRemovals = true;
    }

    /** How often a commit was begun, whatever became of it. */
    public int commitsBegun() {
        return commitsBegun.get();
    }

    /** Whether reads find damage from now on. */
    public void damage(boolean now) {
        damaged = now;
    }

    @Override
    public List<Outcome> commit(List<Operation> batch) {
        commitsBegun.incrementAndGet();
        if (gated) {
            gate.acquireUninterruptibly();
        }
        if (failing
                || (failingRemovals
                        && batch.stream().anyMatch(Operation.Remove.class::isInstance))) {
            throw new StoreException.Failed("the disk failed", new IOException("sync"));
        }
        batches.add(batch.size());
        return inner.commit(batch);
    }

    @Override
    public List<StoredEnvelope> read(
            String mailbox, long afterSequence, int envelopesMax, long bytesMax) {
        if (damaged) {
            throw new StoreException.Damaged("segment 3, offset 4711");
        }
        return inner.read(mailbox, afterSequence, envelopesMax, bytesMax);
    }

    @Override
    public Expired expired(long nowMillis, int max) {
        return inner.expired(nowMillis, max);
    }

    @Override
    public Optional<OutboxState> outbox(OutboxId id) {
        return inner.outbox(id);
    }

    @Override
    public List<OutboxId> forgettable(long nowMillis, int max) {
        return inner.forgettable(nowMillis, max);
    }

    @Override
    public Optional<MailboxStatistics> statistics(String mailbox) {
        return inner.statistics(mailbox);
    }

    @Override
    public StoreStatistics statistics() {
        return inner.statistics();
    }

    /** Whether it was closed. */
    public boolean closed() {
        return closed;
    }

    @Override
    public void close() {
        closed = true;
    }
}
