package io.qight.bench;

import io.qight.store.Durability;
import io.qight.store.MailboxStore;
import io.qight.store.Operation;
import io.qight.store.Outcome;
import io.qight.store.Removal;
import io.qight.store.StoredEnvelope;
import io.qight.store.embedded.EmbeddedStore;
import io.qight.store.embedded.EmbeddedStoreConfig;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * One commit of the embedded store: a batch appended to one mailbox, and the batch before it read
 * and removed, so that the store stays small. In a temporary directory: see that it is on a disk.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class CommitBenchmark {
    private static final String MAILBOX = "bob";
    private static final int ENVELOPE_BYTES = 176;

    /** Envelopes of a commit. */
    @Param({"1", "128", "1024"})
    public int batch;

    /** What a commit waits for. */
    @Param({"OS", "FSYNC"})
    public Durability durability = Durability.OS;

    private Optional<MailboxStore> store = Optional.empty();
    private Path directory = Path.of("");
    private long lastSequence;

    /** Opens an empty store. */
    @Setup
    public void open() throws IOException {
        directory = Files.createTempDirectory("qight-bench-");
        lastSequence = 0;
        store =
                Optional.of(
                        EmbeddedStore.open(
                                directory,
                                EmbeddedStoreConfig.defaults().withDurability(durability)));
    }

    /** Removes it. */
    @TearDown
    public void close() throws IOException {
        store.orElseThrow().close();
        List<Path> files;
        try (Stream<Path> walked = Files.walk(directory)) {
            files = walked.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path file : files) {
            Files.delete(file);
        }
    }

    /** The commit, and the read of what the next removes. */
    @Benchmark
    public List<Outcome> appendReadRemove() {
        MailboxStore opened = store.orElseThrow();
        List<Operation> operations = new ArrayList<>(2 * batch);
        for (StoredEnvelope envelope : opened.read(MAILBOX, lastSequence, batch, 16 << 20)) {
            lastSequence = envelope.sequence();
            operations.add(new Operation.Remove(MAILBOX, envelope.sequence(), Removal.ACKED));
        }
        long now = System.currentTimeMillis();
        for (int i = 0; i < batch; i++) {
            operations.add(
                    new Operation.Append(
                            MAILBOX,
                            (byte) 0,
                            now,
                            now + 3_600_000,
                            ByteBuffer.allocate(ENVELOPE_BYTES),
                            null));
        }
        return opened.commit(operations);
    }
}
