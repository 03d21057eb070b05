package io.qight.store;

import java.util.Optional;
import org.junit.jupiter.api.Nested;

final class MemoryStoreTest implements Engine {
    @Override
    public MailboxStore open() {
        return new MemoryStore();
    }

    @Override
    public MailboxStore openSmall() {
        return new MemoryStore(500_000);
    }

    @Override
    public Optional<MailboxStore> reopen(MailboxStore store) {
        return Optional.empty();
    }

    @Nested
    class Appends extends AppendContract {
        @Override
        protected Engine engine() {
            return MemoryStoreTest.this;
        }
    }

    @Nested
    class Removals extends RemovalContract {
        @Override
        protected Engine engine() {
            return MemoryStoreTest.this;
        }
    }

    @Nested
    class Outboxes extends OutboxContract {
        @Override
        protected Engine engine() {
            return MemoryStoreTest.this;
        }
    }

    @Nested
    class Commits extends CommitContract {
        @Override
        protected Engine engine() {
            return MemoryStoreTest.this;
        }
    }

    @Nested
    class Full extends FullStoreContract {
        @Override
        protected Engine engine() {
            return MemoryStoreTest.this;
        }
    }
}
