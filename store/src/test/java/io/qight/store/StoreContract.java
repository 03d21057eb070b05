package io.qight.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** What all tests of the {@link MailboxStore} contract have. */
public abstract class StoreContract {
    static final long ACCEPTED = 1_700_000_000_000L;
    static final long HOUR = 3_600_000;
    static final OutboxId OUTBOX = new OutboxId(1, 2);

    /** The store under test, empty at first. */
    MailboxStore store;

    /** For the contracts. */
    StoreContract() {}

    /** The engine under test. */
    protected abstract Engine engine();

    /** Opens the store that the tests begin with. */
    MailboxStore open(Engine engine) {
        return engine.open();
    }

    @BeforeEach
    final void openStore() {
        store = open(engine());
    }

    @AfterEach
    final void closeStore() {
        store.close();
    }

    /** Whether the store was opened anew, if that is possible. */
    final boolean reopen() {
        Optional<MailboxStore> reopened = engine().reopen(store);
        store = reopened.orElse(store);
        return reopened.isPresent();
    }

    static void assertAddsUp(StoreStatistics statistics) {
        long removed = statistics.removed().values().stream().mapToLong(Long::longValue).sum();
        assertThat(statistics.found() + statistics.appended())
                .as("%s", statistics)
                .isEqualTo(statistics.waiting() + removed);
    }

    final List<Long> store(Operation.Append... appends) {
        return sequences(store.commit(List.of(appends)));
    }

    final Outcome commit(Operation operation) {
        return store.commit(List.of(operation)).get(0);
    }

    final Outcome remove(String mailbox, long sequence, Removal way) {
        return commit(new Operation.Remove(mailbox, sequence, way));
    }

    final Outcome setFailures(String mailbox, long sequence, int failures) {
        return commit(new Operation.SetFailures(mailbox, sequence, failures));
    }

    final Outcome openOutbox(OutboxId id, long usedMillis, long rememberMillis) {
        return commit(new Operation.OpenOutbox(id, usedMillis, rememberMillis));
    }

    final List<StoredEnvelope> read(String mailbox) {
        return store.read(mailbox, 0, 1000, Long.MAX_VALUE);
    }

    final List<OutboxState.Range> taken(OutboxId id) {
        return store.outbox(id).map(OutboxState::taken).orElseThrow();
    }

    final long usedMillis() {
        return store.outbox(OUTBOX).map(OutboxState::usedMillis).orElseThrow();
    }

    static Operation.Append due(String mailbox, long deadlineMillis) {
        return new Operation.Append(
                mailbox, (byte) 0, deadlineMillis - 1, deadlineMillis, bytes(5), null);
    }

    /** An append of so many bytes, for any test of a store. */
    static Operation.Append append(String mailbox, int size) {
        return append(mailbox, size, null);
    }

    /** An append of so many bytes under an outbox. */
    static Operation.Append append(String mailbox, int size, @Nullable OutboxNumber outbox) {
        return new Operation.Append(
                mailbox, (byte) 0, ACCEPTED, ACCEPTED + HOUR, bytes(size), outbox);
    }

    static Operation.Append append(String mailbox, ByteBuffer bytes) {
        return new Operation.Append(mailbox, (byte) 0, ACCEPTED, ACCEPTED + HOUR, bytes, null);
    }

    static ByteBuffer bytes(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return ByteBuffer.wrap(bytes);
    }

    static ByteBuffer direct(ByteBuffer bytes) {
        ByteBuffer direct = ByteBuffer.allocateDirect(bytes.remaining());
        return direct.put(bytes.duplicate()).flip();
    }

    static List<Long> sequences(List<Outcome> outcomes) {
        return outcomes.stream().map(StoreContract::sequence).toList();
    }

    static long sequence(Outcome outcome) {
        assertThat(outcome).isInstanceOf(Outcome.Stored.class);
        return ((Outcome.Stored) outcome).sequence();
    }

    static List<Long> sequencesOf(List<StoredEnvelope> envelopes) {
        return envelopes.stream().map(StoredEnvelope::sequence).toList();
    }
}
