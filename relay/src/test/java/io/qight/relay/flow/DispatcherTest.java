package io.qight.relay.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.qight.relay.delivery.DeliverySettings;
import io.qight.relay.delivery.Slice;
import io.qight.relay.flow.Message.FetchKey;
import io.qight.store.MemoryStore;
import io.qight.store.Operation;
import io.qight.store.Outcome;
import io.qight.store.Removal;
import io.qight.transport.ByteBudget.Reservation;
import io.qight.wire.ErrorCode;
import io.qight.wire.v1.ConnectionLimits;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DispatcherTest {
    private static final long SLICE_BYTES = 256 << 10;
    private static final DeliverySettings SETTINGS =
            DeliverySettings.of(
                    new ConnectionLimits(
                            10_000_000,
                            2_592_000_000L,
                            4_096,
                            16 << 20,
                            65_536,
                            64 << 20,
                            100_000,
                            1_000,
                            43_200_000,
                            604_800_000,
                            30_000));

    private final AtomicLong now = new AtomicLong(1_000_000);
    private final GatedStore store = new GatedStore(new MemoryStore());
    private final RelayBudget budget = new RelayBudget(1L << 30);
    private final RelayBudget.Share share = budget.newShare(Runnable::run);
    private final StoreWriter writer =
            new StoreWriter(store, now::get, new RelayMeters(new SimpleMeterRegistry(), now::get));
    private final Dispatcher dispatcher = new Dispatcher(store, writer, SETTINGS, now::get);
    private final Answers client = new Answers();
    private final FetchKey first = new FetchKey(client, 1);
    private final FetchKey second = new FetchKey(client, 2);

    @BeforeEach
    void start() {
        dispatcher.start();
    }

    @AfterEach
    void end() throws InterruptedException {
        store.openGate();
        dispatcher.close(10_000);
        writer.close(10_000);
        assertThat(budget.heldBytes()).isZero();
    }

    @Test
    void emptyMailboxIsReadInOneSlice() throws Exception {
        assertThat(fetchAll(first)).isEmpty();
    }

    @Test
    void everythingThatWaitsComesInOrder() throws Exception {
        List<Long> stored = append(5000, 200);
        assertThat(fetchAll(first)).isEqualTo(stored);
    }

    @Test
    void sliceStaysWithinItsReservation() throws Exception {
        append(100, 10_000);
        dispatcher.fetch(new Message.StartFetch(first, "bob"));
        Slice slice = read(first);
        assertThat(slice.last()).isFalse();
        assertThat(slice.envelopes()).hasSize(26);
    }

    @Test
    void largeEnvelopeIsToldAndReadOnceItIsReserved() throws Exception {
        append(1, 1000);
        append(1, 5_000_000);
        dispatcher.fetch(new Message.StartFetch(first, "bob"));
        assertThat(read(first).envelopes()).hasSize(1);
        ask(first, SLICE_BYTES);
        Message.SliceTooLarge larger = (Message.SliceTooLarge) client.next();
        larger.reservation().release();
        assertThat(larger.bytes()).isEqualTo(5_000_000);
        ask(first, larger.bytes());
        Message.SliceRead read = (Message.SliceRead) client.next();
        read.reservation().release();
        assertThat(read.slice().envelopes()).hasSize(1);
        assertThat(read.slice().last()).isTrue();
    }

    @Test
    void whatComesAfterTheRequestIsLeftForTheNext() throws Exception {
        List<Long> stored = append(3000, 200);
        dispatcher.fetch(new Message.StartFetch(first, "bob"));
        List<Long> found = new ArrayList<>(sequences(read(first)));
        List<Long> later = append(10, 200);
        found.addAll(rest(first));
        assertThat(found).isEqualTo(stored);
        assertThat(fetchAll(second)).isEqualTo(later);
    }

    @Test
    void whatIsLeasedIsSteppedOver() throws Exception {
        append(3000, 200);
        dispatcher.fetch(new Message.StartFetch(first, "bob"));
        dispatcher.fetch(new Message.StartFetch(second, "bob"));
        List<Long> ofFirst = new ArrayList<>(sequences(read(first)));
        List<Long> ofSecond = new ArrayList<>(sequences(read(second)));
        ofFirst.addAll(rest(first));
        ofSecond.addAll(rest(second));
        assertThat(ofFirst).doesNotContainAnyElementsOf(ofSecond);
        assertThat(ofFirst.size() + ofSecond.size()).isEqualTo(3000);
        assertThat(leased("bob")).isEqualTo(3000);
    }

    @Test
    void whatIsGivenBackComesAgain() throws Exception {
        List<Long> stored = append(100, 200);
        fetchAll(first);
        assertThat(fetchAll(second)).isEmpty();
        dispatcher.tell(new Message.GiveBack(first));
        assertThat(fetchAll(second)).isEqualTo(stored);
        assertThat(store.statistics().waiting()).isEqualTo(100);
    }

    @Test
    void acknowledgedEnvelopesAreRemovedAndStayLeasedUntilThen() throws Exception {
        append(10_000, 50);
        fetchAll(first);
        dispatcher.tell(new Message.Acknowledge(first));
        // The writer has not started, so nothing is removed yet.
        assertThat(fetchAll(second)).isEmpty();
        writer.start();
        Waiting.until("all is removed", () -> store.statistics().waiting() == 0);
        assertThat(store.statistics().removed()).containsEntry(Removal.ACKED, 10_000L);
        assertThat(store.batches).allMatch(size -> size <= StoreWriter.BATCH_OPERATIONS_MAX);
        Waiting.until("no lease is left", () -> leased("bob") == 0);
    }

    @Test
    void whatIsLeftOutIsNotRemovedAsAcknowledged() throws Exception {
        List<Long> stored = append(10, 50);
        fetchAll(first);
        dispatcher.tell(new Message.LeaveOut(first, stored.get(3)));
        dispatcher.tell(new Message.Acknowledge(first));
        writer.start();
        Waiting.until("the others are gone", () -> store.statistics().waiting() == 1);
        Waiting.until("no lease is left", () -> leased("bob") == 0);
        assertThat(fetchAll(second)).containsExactly(stored.get(3));
    }

    @Test
    void expiredAndForeignEnvelopesAreLeftInPlace() throws Exception {
        long mine = append(1, (byte) 0, 60_000, 10).get(0);
        append(3000, (byte) 1, 60_000, 10);
        append(1, (byte) 0, 100, 10);
        long last = append(1, (byte) 0, 60_000, 10).get(0);
        now.addAndGet(100);
        assertThat(fetchAll(first)).containsExactly(mine, last);
        dispatcher.tell(new Message.Acknowledge(first));
        writer.start();
        Waiting.until("two were acked", () -> removed(Removal.ACKED) == 2);
        assertThat(store.statistics().waiting()).isGreaterThanOrEqualTo(3000);
    }

    @Test
    void damageFailsTheFetchAndNoOther() throws Exception {
        append(100, 50);
        store.damage(true);
        dispatcher.fetch(new Message.StartFetch(first, "bob"));
        ask(first, SLICE_BYTES);
        Message.FetchFailed failed = (Message.FetchFailed) client.next();
        assertThat(failed.code()).isEqualTo(ErrorCode.INTERNAL);
        assertThat(failed.sentence()).contains("offset 4711");
        dispatcher.tell(new Message.GiveBack(first));
        store.damage(false);
        assertThat(fetchAll(second)).hasSize(100);
    }

    @Test
    void failedRemovalGivesBack() throws Exception {
        append(100, 50);
        fetchAll(first);
        store.failCommits();
        writer.start();
        dispatcher.tell(new Message.Acknowledge(first));
        Waiting.until("no lease is left", () -> leased("bob") == 0);
        assertThat(fetchAll(second)).hasSize(100);
    }

    @Test
    void closingRemovesWhatWasAcknowledged() throws Exception {
        append(20_000, 50);
        fetchAll(first);
        dispatcher.tell(new Message.Acknowledge(first));
        writer.start();
        dispatcher.close(10_000);
        writer.close(10_000);
        assertThat(store.statistics().waiting()).isZero();
    }

    @Test
    void readForAFetchThatIsOverReleasesItsReservation() throws Exception {
        ask(first, SLICE_BYTES);
        assertThat(leased("bob")).isZero();
        assertThat(budget.heldBytes()).isZero();
        assertThat(client.none()).isTrue();
    }

    private List<Long> append(int count, int size) {
        return append(count, (byte) 0, 60_000, size);
    }

    private List<Long> append(int count, byte format, long ttlMillis, int size) {
        List<Operation> operations = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            operations.add(
                    new Operation.Append(
                            "bob",
                            format,
                            now.get(),
                            now.get() + ttlMillis,
                            ByteBuffer.wrap(new byte[size]),
                            null));
        }
        List<Outcome> outcomes = store.commit(operations);
        store.batches.clear();
        return outcomes.stream().map(one -> ((Outcome.Stored) one).sequence()).toList();
    }

    private List<Long> fetchAll(FetchKey key) throws Exception {
        assertThat(dispatcher.fetch(new Message.StartFetch(key, "bob"))).isEmpty();
        return rest(key);
    }

    private List<Long> rest(FetchKey key) throws Exception {
        List<Long> found = new ArrayList<>();
        Slice slice;
        do {
            slice = read(key);
            found.addAll(sequences(slice));
        } while (!slice.last());
        return found;
    }

    private Slice read(FetchKey key) throws Exception {
        ask(key, SLICE_BYTES);
        Message.SliceRead read = (Message.SliceRead) client.next();
        read.reservation().release();
        return read.slice();
    }

    private void ask(FetchKey key, long bytes) {
        Reservation reservation = share.reserve(bytes, () -> {});
        dispatcher.tell(new Message.ReadSlice(key, reservation));
    }

    private long leased(String mailbox) {
        CompletableFuture<Long> count = new CompletableFuture<>();
        dispatcher.tell(new Message.CountLeased(mailbox, count));
        return count.orTimeout(10, TimeUnit.SECONDS).join();
    }

    private long removed(Removal removal) {
        return store.statistics().removed().getOrDefault(removal, 0L);
    }

    private static List<Long> sequences(Slice slice) {
        return slice.envelopes().stream().map(envelope -> envelope.sequence()).toList();
    }
}
