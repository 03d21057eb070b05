package io.qight.cli;

import io.qight.relay.Relay;
import io.qight.relay.RelayConfig;
import io.qight.store.Expired;
import io.qight.store.MailboxStatistics;
import io.qight.store.MailboxStore;
import io.qight.store.Operation;
import io.qight.store.OutboxId;
import io.qight.store.OutboxState;
import io.qight.store.Outcome;
import io.qight.store.StoreStatistics;
import io.qight.store.StoredEnvelope;
import io.qight.store.embedded.EmbeddedStore;
import io.qight.store.embedded.EmbeddedStoreConfig;
import io.qight.transport.TlsIdentity;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A relay in a process of its own, to be killed, whose commits begin a while after they were asked
 * for. SIGKILL leaves what was written, synced or not, so a kill shows a receipt that came too soon
 * only if nothing was written yet.
 */
record SlowDiskRelay(MailboxStore inner) implements MailboxStore {
    private static final long BEFORE_WRITING_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /** Argument: its directory. Says its port, and runs until it is killed. */
    public static void main(String[] arguments) throws IOException {
        Path directory = Path.of(arguments[0]);
        MailboxStore store =
                EmbeddedStore.open(directory.resolve("store"), EmbeddedStoreConfig.defaults());
        Relay relay =
                Relay.start(
                        RelayConfig.builder(
                                        new SlowDiskRelay(store),
                                        TlsIdentity.development(directory))
                                .listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                                .build());
        System.out.println(relay.address().getPort());
        System.in.read();
    }

    @Override
    public List<Outcome> commit(List<Operation> batch) {
        long end = System.nanoTime() + BEFORE_WRITING_NANOS;
        while (System.nanoTime() < end) {
            LockSupport.parkNanos(end - System.nanoTime());
        }
        return inner.commit(batch);
    }

    @Override
    public List<StoredEnvelope> read(
            String mailbox, long afterSequence, int envelopesMax, long bytesMax) {
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

    @Override
    public void close() {
        inner.close();
    }
}
