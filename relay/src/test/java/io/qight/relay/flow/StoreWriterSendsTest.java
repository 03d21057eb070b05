package io.qight.relay.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.qight.relay.delivery.EnvelopeFormat;
import io.qight.relay.outbox.MailboxQuota;
import io.qight.relay.outbox.OutboxLimits;
import io.qight.relay.outbox.ReceiptRun;
import io.qight.relay.outbox.SendEntry;
import io.qight.store.Durability;
import io.qight.store.MemoryStore;
import io.qight.store.Operation;
import io.qight.store.OutboxId;
import io.qight.store.Removal;
import io.qight.wire.ErrorCode;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.Id;
import io.qight.wire.v1.ReceiptOutcome;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** SENDs of version 1 in the writer. */
class StoreWriterSendsTest {
    private static final ReceiptOutcome STORED = new ReceiptOutcome.Stored(2);
    private static final Id OUTBOX = new Id(7, 8);

    private final AtomicLong now = new AtomicLong(1_000_000);
    private final GatedStore store = new GatedStore(new MemoryStore(50_000_000));
    private final RelayBudget budget = new RelayBudget(1L << 30);
    private final RelayBudget.Share share = budget.newShare(Runnable::run);
    private final StoreWriter writer =
            new StoreWriter(
                    store,
                    new WriterSettings(
                            Durability.OS, new MailboxQuota(3, 100_000), OutboxLimits.of(10, 10)),
                    now::get,
                    new RelayMeters(new SimpleMeterRegistry(), now::get));
    private final Answers alice = new Answers();
    private final Answers bob = new Answers();

    @AfterEach
    void end() throws InterruptedException {
        store.openGate();
        writer.close(10_000);
        assertThat(budget.heldBytes()).isZero();
    }

    @Test
    void groupsOfOneStreamAreReceiptedTogether() throws Exception {
        open(alice, 4, 1);
        sends(alice, 4, send(1, "a"), send(2, "b"));
        sends(alice, 4, send(3, "c"));
        open(bob, 8, OUTBOX.high() + 1, 1);
        sends(bob, 8, send(1, "a"));
        writer.start();
        assertThat(alice.nextCall())
                .containsExactly(new Message.Receipts(4, 2, List.of(new ReceiptRun(3, STORED))));
        assertThat(bob.next())
                .isEqualTo(new Message.Receipts(8, 1, List.of(new ReceiptRun(1, STORED))));
        assertThat(store.statistics().outboxes()).isEqualTo(2);
        assertThat(store.batches.get(0)).isEqualTo(6);
    }

    @Test
    void nothingIsReceiptedBeforeTheCommitHasReturned() throws Exception {
        store.closeGate();
        writer.start();
        open(alice, 4, 1);
        sends(alice, 4, send(1, "a"));
        Waiting.until("the commit runs", store::someoneWaits);
        assertThat(alice.none()).isTrue();
        store.openGate();
        assertThat(alice.next()).isInstanceOf(Message.Receipts.class);
    }

    @Test
    void takeoverFinishesTheOlderStreamInACommitBefore() throws Exception {
        open(alice, 4, 1);
        sends(alice, 4, send(1, "a"));
        open(bob, 8, 2);
        sends(alice, 4, send(2, "a"));
        sends(bob, 8, send(1, "a"), send(2, "a"));
        writer.start();
        assertThat(alice.next())
                .isEqualTo(new Message.Receipts(4, 1, List.of(new ReceiptRun(1, STORED))));
        assertThat(alice.next())
                .isEqualTo(
                        new Message.EndStream(
                                4, ErrorCode.TAKEN_OVER, ErrorCode.TAKEN_OVER.sentence()));
        assertThat(bob.next())
                .isEqualTo(
                        new Message.Receipts(
                                8,
                                1,
                                List.of(
                                        new ReceiptRun(1, new ReceiptOutcome.Duplicate(2)),
                                        new ReceiptRun(1, STORED))));
        assertThat(store.statistics().waiting()).isEqualTo(2);
    }

    @Test
    void whatWasJustStoredIsADuplicateOnTheNewStreamThoughTheMailboxIsFull() throws Exception {
        open(alice, 4, 1);
        sends(alice, 4, send(1, "a"), send(2, "a"), send(3, "a"));
        open(bob, 8, 2);
        sends(bob, 8, send(3, "a"), send(4, "a"));
        writer.start();
        assertThat(codes(alice.next())).containsExactly(0, 0, 0);
        assertThat(codes(bob.next())).containsExactly(1, 9);
    }

    @Test
    void outboxThatWasClosedAndOpenedAgainKnowsItsNumbers() throws Exception {
        open(alice, 4, 1);
        sends(alice, 4, send(1, "a"));
        writer.send(new Message.CloseOutbox(alice, 4));
        open(alice, 8, 2);
        sends(alice, 8, send(1, "a"));
        writer.start();
        assertThat(alice.next()).isInstanceOf(Message.Receipts.class);
        assertThat(alice.next())
                .isEqualTo(
                        new Message.Receipts(
                                8, 1, List.of(new ReceiptRun(1, new ReceiptOutcome.Duplicate(2)))));
    }

    @Test
    void refusedOpeningEndsTheStreamAndNothingOfItIsCarriedOut() throws Exception {
        writer.send(
                new Message.OpenOutbox(
                        alice,
                        4,
                        new Frame.Outbox(OUTBOX, 1, 0, 5, 300_000),
                        InetAddress.getLoopbackAddress()));
        sends(alice, 4, send(6, "a"));
        writer.start();
        assertThat(alice.next())
                .isInstanceOfSatisfying(
                        Message.EndStream.class,
                        end -> assertThat(end.code()).isEqualTo(ErrorCode.OUTCOME_UNKNOWN));
        open(bob, 8, 1);
        sends(bob, 8, send(1, "a"));
        bob.next();
        assertThat(store.statistics().appended()).isEqualTo(1);
    }

    @Test
    void outboxesAreBounded() throws Exception {
        for (int i = 0; i < 11; i++) {
            open(alice, i, OUTBOX.high() + i, 1);
        }
        writer.start();
        assertThat(alice.next())
                .isInstanceOfSatisfying(
                        Message.EndStream.class,
                        end -> {
                            assertThat(end.request()).isEqualTo(10);
                            assertThat(end.code()).isEqualTo(ErrorCode.TOO_MANY_OUTBOXES);
                        });
    }

    @Test
    void bothVersionsShareAMailboxesQuota() throws Exception {
        open(alice, 4, 1);
        sends(alice, 4, send(1, "a"), send(2, "a"));
        writer.append(append(bob, 1));
        writer.append(append(bob, 2));
        sends(alice, 4, send(3, "a"), send(4, "a"), send(5, "b"));
        writer.start();
        assertThat(bob.next()).isEqualTo(new Message.Committed(1));
        assertThat(bob.next())
                .isEqualTo(
                        new Message.NotCommitted(
                                2, ErrorCode.MAILBOX_FULL, ErrorCode.MAILBOX_FULL.sentence()));
        assertThat(codes(alice.next())).containsExactly(0, 0, 9, 25, 0);
    }

    @Test
    void roomComesBackWhenSomethingIsRemoved() throws Exception {
        open(alice, 4, 1);
        sends(alice, 4, send(1, "a"), send(2, "a"), send(3, "a"), send(4, "a"));
        writer.start();
        assertThat(codes(alice.next())).containsExactly(0, 0, 0, 9);
        writer.change(
                new Message.Change(bob, 1, List.of(new Operation.Remove("a", 1, Removal.ACKED))));
        bob.next();
        sends(alice, 4, send(4, "a"));
        assertThat(codes(alice.next())).containsExactly(0);
    }

    @Test
    void failedCommitLeavesTheOutcomeUnknownAndLaterOnesAreRefused() throws Exception {
        open(alice, 4, 1);
        sends(alice, 4, send(1, "a"));
        writer.start();
        assertThat(codes(alice.next())).containsExactly(0);
        store.closeGate();
        sends(alice, 4, send(2, "a"));
        Waiting.until("the commit runs", store::someoneWaits);
        sends(alice, 4, send(3, "a"), send(1, "a"));
        open(bob, 8, 2);
        store.failCommits();
        store.openGate();
        assertThat(codes(alice.next())).containsExactly(10, 10, 1);
        assertThat(bob.next())
                .isInstanceOfSatisfying(
                        Message.EndStream.class,
                        end -> assertThat(end.code()).isEqualTo(ErrorCode.INTERNAL));
        sends(alice, 4, send(4, "a"));
        assertThat(codes(alice.next())).containsExactly(ErrorCode.INTERNAL.number());
    }

    @Test
    void outboxIsForgottenOnlyLongAfterItsUse() throws Exception {
        open(alice, 4, 1);
        writer.start();
        Waiting.until("it is open", () -> writer.openOutboxes() == 1);
        long opened = now.get();
        now.addAndGet(100_000_000);
        Waiting.until("it is renewed", () -> usedMillis() > opened);
        writer.send(new Message.CloseOutbox(alice, 4));
        Waiting.until("it is closed", () -> writer.openOutboxes() == 0);
        now.addAndGet(700_000);
        Waiting.until("it is forgotten", () -> store.statistics().outboxes() == 0);
    }

    private long usedMillis() {
        return store.outbox(new OutboxId(OUTBOX.high(), OUTBOX.low()))
                .map(state -> state.usedMillis())
                .orElse(0L);
    }

    private void open(Answers caller, long stream, long opening) {
        open(caller, stream, OUTBOX.high(), opening);
    }

    private void open(Answers caller, long stream, long outbox, long opening) {
        assertThat(
                        writer.send(
                                new Message.OpenOutbox(
                                        caller,
                                        stream,
                                        new Frame.Outbox(
                                                new Id(outbox, OUTBOX.low()), opening, 0, 0, 0),
                                        InetAddress.getLoopbackAddress())))
                .isTrue();
    }

    private void sends(Answers caller, long stream, SendEntry... entries) {
        writer.send(
                new Message.Sends(caller, stream, List.of(entries), share.reserve(100, () -> {})));
    }

    private SendEntry send(long number, String mailbox) {
        return new SendEntry.Send(
                number,
                mailbox,
                ByteBuffer.allocate(10),
                now.get(),
                now.get() + 1_000_000_000,
                Optional.empty());
    }

    private Message.Append append(Answers caller, long request) {
        return new Message.Append(
                caller,
                request,
                new Operation.Append(
                        "a",
                        EnvelopeFormat.V0,
                        now.get(),
                        now.get() + 60_000,
                        ByteBuffer.allocate(10),
                        null),
                share.reserve(10, () -> {}),
                Optional.empty());
    }

    /** For each SEND the code of its refusal; 0 stored, 1 duplicate, 10 unknown. */
    private static List<Integer> codes(Message.ToCaller answer) {
        return ((Message.Receipts) answer)
                .runs().stream()
                        .flatMap(run ->
                                Collections.nCopies(run.count(), code(run.outcome())).stream())
                        .toList();
    }

    private static int code(ReceiptOutcome outcome) {
        if (outcome instanceof ReceiptOutcome.Refused refused) {
            return (int) refused.code();
        }
        return outcome instanceof ReceiptOutcome.OutcomeUnknown
                ? ErrorCode.OUTCOME_UNKNOWN.number()
                : outcome.number();
    }
}
