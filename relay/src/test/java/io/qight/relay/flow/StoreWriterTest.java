package io.qight.relay.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.qight.store.MemoryStore;
import io.qight.store.Operation;
import io.qight.store.Outcome;
import io.qight.store.Removal;
import io.qight.store.StoredEnvelope;
import io.qight.transport.ByteBudget;
import io.qight.wire.ErrorCode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StoreWriterTest {
    private final AtomicLong now = new AtomicLong(1_000_000);
    private final GatedStore store = new GatedStore(new MemoryStore(50_000_000));
    private final RelayBudget budget = new RelayBudget(1L << 30);
    private final RelayBudget.Share share = budget.newShare(Runnable::run);
    private final StoreWriter writer =
            new StoreWriter(store, now::get, new RelayMeters(new SimpleMeterRegistry(), now::get));
    private final Answers alice = new Answers();
    private final Answers bob = new Answers();

    @AfterEach
    void end() throws InterruptedException {
        store.openGate();
        writer.close(10_000);
        assertThat(budget.heldBytes()).isZero();
    }

    @Test
    void nothingIsAnsweredBeforeTheCommitHasReturned() throws Exception {
        store.closeGate();
        writer.start();
        append(alice, 1, 100);
        Waiting.until("the commit runs", store::someoneWaits);
        assertThat(alice.none()).isTrue();
        store.openGate();
        assertThat(alice.next()).isEqualTo(new Message.Committed(1));
        assertThat(store.statistics().appended()).isEqualTo(1);
    }

    @Test
    void whatWaitsGoesIntoOneCommitAndIsAnsweredInOneCall() throws Exception {
        for (int i = 0; i < 500; i++) {
            append(i % 2 == 0 ? alice : bob, i, 100);
        }
        writer.start();
        assertThat(alice.nextCall()).hasSize(250);
        assertThat(bob.nextCall()).hasSize(250);
        assertThat(store.batches).containsExactly(500);
    }

    @Test
    void batchIsBoundedInOperations() throws Exception {
        for (int i = 0; i < 2500; i++) {
            append(alice, i, 10);
        }
        writer.start();
        assertThat(alice.nextCall()).hasSize(1024);
        assertThat(alice.nextCall()).hasSize(1024);
        assertThat(alice.nextCall()).hasSize(452);
    }

    @Test
    void batchIsBoundedInBytesButTakesOneOfAnySize() throws Exception {
        append(alice, 0, 10_000_000);
        append(alice, 1, 600_000);
        append(alice, 2, 400_000);
        append(alice, 3, 400_000);
        writer.start();
        assertThat(alice.nextCall()).hasSize(1);
        assertThat(alice.nextCall()).hasSize(2);
        assertThat(alice.nextCall()).hasSize(1);
    }

    @Test
    void refusalOfTheStoreIsTheAnswerOfThatCommitAlone() throws Exception {
        GatedStore small = new GatedStore(new MemoryStore(1000));
        StoreWriter other =
                new StoreWriter(
                        small, now::get, new RelayMeters(new SimpleMeterRegistry(), now::get));
        other.append(message(alice, 1, 2000, 60_000));
        other.start();
        assertThat(alice.next())
                .isEqualTo(
                        new Message.NotCommitted(
                                1, ErrorCode.STORE_FULL, ErrorCode.STORE_FULL.sentence()));
        other.append(message(alice, 2, 100, 60_000));
        assertThat(alice.next()).isEqualTo(new Message.Committed(2));
        other.close(10_000);
    }

    @Test
    void failedCommitLeavesTheOutcomeUnknownAndEndsTheWriterForGood() throws Exception {
        store.closeGate();
        writer.start();
        assertThat(writer.ready()).isTrue();
        append(alice, 1, 100);
        Waiting.until("the commit runs", store::someoneWaits);
        append(bob, 2, 100);
        store.failCommits();
        store.openGate();
        assertThat(code(alice.next())).isEqualTo(ErrorCode.OUTCOME_UNKNOWN);
        assertThat(code(bob.next())).isEqualTo(ErrorCode.OUTCOME_UNKNOWN);
        assertThat(writer.ready()).isFalse();
        int begun = store.commitsBegun();
        append(alice, 3, 100);
        assertThat(alice.next())
                .isInstanceOfSatisfying(
                        Message.NotCommitted.class,
                        not -> assertThat(not.sentence()).contains("restart"));
        assertThat(store.batches).isEmpty();
        assertThat(store.commitsBegun()).as("nothing is ever committed again").isEqualTo(begun);
    }

    @Test
    void moreThanCanWaitIsRefused() {
        for (int i = 0; i < StoreWriter.WAITING_MAX; i++) {
            append(alice, i, 1);
        }
        Message.Append beyond = message(alice, 0, 1, 60_000);
        assertThat(writer.append(beyond)).contains(ErrorCode.OVERLOADED);
        beyond.reservation().release();
        writer.start();
    }

    @Test
    void expiredEnvelopesGoWithNobodyFetching() throws Exception {
        for (int i = 0; i < 3000; i++) {
            writer.append(message(alice, i, 10, 200));
        }
        append(alice, 3000, 10);
        writer.start();
        Waiting.until("all is stored", () -> store.statistics().appended() == 3001);
        now.addAndGet(199);
        assertThat(store.statistics().waiting()).isEqualTo(3001);
        now.addAndGet(1);
        Waiting.until("the expired are gone", () -> store.statistics().waiting() == 1);
        assertThat(store.statistics().removed()).containsEntry(Removal.EXPIRED, 3000L);
        assertThat(store.batches).allMatch(size -> size <= 2 * StoreWriter.BATCH_OPERATIONS_MAX);
    }

    @Test
    void whatIsPastItsDeadlineIsNotStored() throws Exception {
        writer.append(message(alice, 1, 10, 200));
        now.addAndGet(200);
        writer.start();
        assertThat(code(alice.next())).isEqualTo(ErrorCode.OVERLOADED);
        assertThat(store.statistics().appended()).isZero();
    }

    @Test
    void changesAreCarriedOutWholeInOrderWithAppends() throws Exception {
        append(alice, 1, 10);
        append(alice, 2, 10);
        append(alice, 3, 10);
        writer.change(
                new Message.Change(
                        bob,
                        9,
                        List.of(
                                new Operation.SetFailures("bob", 1, 4),
                                new Operation.Remove("bob", 2, Removal.ACKED),
                                new Operation.Remove("bob", 3, Removal.DEAD))));
        writer.start();
        assertThat(bob.next())
                .isEqualTo(new Message.Changed(9, Collections.nCopies(3, new Outcome.Done())));
        assertThat(store.batches).containsExactly(6);
        assertThat(store.statistics().removed())
                .containsEntry(Removal.ACKED, 1L)
                .containsEntry(Removal.DEAD, 1L);
        assertThat(store.read("bob", 0, 10, 1000))
                .singleElement()
                .satisfies(left -> assertThat(left.failures()).isEqualTo(4));
    }

    @Test
    void changeThatDoesNotFitIsLeftWholeForTheNextCommit() throws Exception {
        append(alice, 1, 10);
        List<Operation> removals =
                Collections.nCopies(
                        StoreWriter.BATCH_OPERATIONS_MAX,
                        new Operation.Remove("bob", 1, Removal.ACKED));
        writer.change(new Message.Change(bob, 9, removals));
        writer.start();
        Message.Changed changed = (Message.Changed) bob.next();
        assertThat(changed.outcomes()).startsWith(new Outcome.Done()).hasSameSizeAs(removals);
        assertThat(store.batches).containsExactly(1, StoreWriter.BATCH_OPERATIONS_MAX);
    }

    @Test
    void arrivalsAreToldOnceForEachCommitThatStored() throws Exception {
        List<Map<String, List<StoredEnvelope>>> told =
                Collections.synchronizedList(new ArrayList<>());
        writer.tell(told::add);
        append(alice, 1, 10);
        append(alice, 2, 10);
        writer.start();
        alice.nextCall();
        assertThat(told).hasSize(1);
        assertThat(told.get(0)).containsOnlyKeys("bob");
        assertThat(told.get(0).get("bob")).isEqualTo(store.read("bob", 0, 10, 1000));
        writer.change(
                new Message.Change(bob, 9, List.of(new Operation.Remove("bob", 1, Removal.ACKED))));
        bob.next();
        assertThat(told).hasSize(1);
    }

    @Test
    void ofWhatAnOperatorTookOutTheMailboxIsTold() throws Exception {
        List<Map<String, List<StoredEnvelope>>> told =
                Collections.synchronizedList(new ArrayList<>());
        writer.tell(told::add);
        append(alice, 1, 10);
        writer.change(
                new Message.Change(
                        bob, 9, List.of(new Operation.Remove("bob", 1, Removal.PURGED))));
        append(alice, 2, 10);
        writer.start();
        bob.next();
        assertThat(told).containsExactly(Map.of("bob", List.of()));
    }

    @Test
    void listenerThatFailsHurtsNobody() throws Exception {
        writer.tell(mailboxes -> {
            throw new IllegalStateException("broken on purpose");
        });
        append(alice, 1, 10);
        writer.start();
        assertThat(alice.next()).isEqualTo(new Message.Committed(1));
        assertThat(writer.ready()).isTrue();
    }

    @Test
    void closingCommitsWhatWaits() throws Exception {
        for (int i = 0; i < 2000; i++) {
            append(alice, i, 10);
        }
        writer.start();
        writer.close(10_000);
        assertThat(store.statistics().appended()).isEqualTo(2000);
        Message.Append late = message(alice, 0, 1, 60_000);
        assertThat(writer.append(late)).contains(ErrorCode.DRAINING);
        late.reservation().release();
    }

    @Test
    void callerThatFailsHurtsNobodyElse() throws Exception {
        Caller broken =
                answers -> {
                    throw new IllegalStateException("broken on purpose");
                };
        writer.append(message(broken, 1, 10, 60_000));
        append(alice, 2, 10);
        writer.start();
        assertThat(alice.next()).isEqualTo(new Message.Committed(2));
        assertThat(writer.ready()).isTrue();
    }

    private void append(Caller caller, long request, int bytes) {
        assertThat(writer.append(message(caller, request, bytes, 60_000))).isEmpty();
    }

    private Message.Append message(Caller caller, long request, int bytes, long ttlMillis) {
        ByteBudget.Reservation reservation = share.reserve(bytes, () -> {});
        return new Message.Append(
                caller,
                request,
                new Operation.Append(
                        "bob",
                        (byte) 0,
                        now.get(),
                        now.get() + ttlMillis,
                        ByteBuffer.wrap(new byte[bytes]),
                        null),
                reservation,
                Optional.empty());
    }

    private static ErrorCode code(Message.ToCaller answer) {
        return ((Message.NotCommitted) answer).code();
    }
}
