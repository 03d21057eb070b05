package io.qight.store.embedded;

import io.qight.store.MailboxStore;
import io.qight.store.MailboxStoreContract;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedStoreContractTest extends MailboxStoreContract {
    @TempDir Path directory;
    private int stores;

    @Override
    protected MailboxStore open() {
        stores++;
        return openLast();
    }

    @Override
    protected Optional<MailboxStore> reopen(MailboxStore store) {
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
}
