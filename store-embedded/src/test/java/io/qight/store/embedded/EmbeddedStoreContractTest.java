package io.qight.store.embedded;

import io.qight.store.AppendContract;
import io.qight.store.CommitContract;
import io.qight.store.Engine;
import io.qight.store.FullStoreContract;
import io.qight.store.MailboxStore;
import io.qight.store.OutboxContract;
import io.qight.store.RemovalContract;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedStoreContractTest implements Engine {
    private static final int SMALL_BYTES = 64 << 10;

    @TempDir Path directory;
    private int stores;

    @Override
    public MailboxStore open() {
        stores++;
        return openLast();
    }

    @Override
    public MailboxStore openSmall() {
        FaultyDisk disk = new FaultyDisk(1);
        disk.capacity(20 * SMALL_BYTES);
        return EmbeddedStore.open(disk, config().withSegmentBytes(SMALL_BYTES), Runnable::run);
    }

    @Override
    public Optional<MailboxStore> reopen(MailboxStore store) {
        store.close();
        return Optional.of(openLast());
    }

    /** The options that the promises are held under. */
    EmbeddedStoreConfig config() {
        return EmbeddedStoreConfig.defaults();
    }

    private MailboxStore openLast() {
        return EmbeddedStore.open(directory.resolve("store-" + stores), config());
    }

    @Nested
    class Appends extends AppendContract {
        @Override
        protected Engine engine() {
            return EmbeddedStoreContractTest.this;
        }
    }

    @Nested
    class Removals extends RemovalContract {
        @Override
        protected Engine engine() {
            return EmbeddedStoreContractTest.this;
        }
    }

    @Nested
    class Outboxes extends OutboxContract {
        @Override
        protected Engine engine() {
            return EmbeddedStoreContractTest.this;
        }
    }

    @Nested
    class Commits extends CommitContract {
        @Override
        protected Engine engine() {
            return EmbeddedStoreContractTest.this;
        }
    }

    @Nested
    class Full extends FullStoreContract {
        @Override
        protected Engine engine() {
            return EmbeddedStoreContractTest.this;
        }
    }
}
