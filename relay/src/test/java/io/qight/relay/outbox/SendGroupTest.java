package io.qight.relay.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.qight.relay.access.SenderQuota;
import io.qight.relay.grants.Grants;
import io.qight.relay.outbox.SendEntry.GiveUp;
import io.qight.relay.outbox.SendEntry.Refusal;
import io.qight.relay.outbox.SendEntry.Send;
import io.qight.store.MemoryStore;
import io.qight.store.Operation;
import io.qight.store.OutboxId;
import io.qight.store.OutboxNumber;
import io.qight.store.OutboxState;
import io.qight.store.Outcome;
import io.qight.transport.AddressPrefix;
import io.qight.wire.ErrorCode;
import io.qight.wire.v1.Ranges;
import io.qight.wire.v1.ReceiptOutcome;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SendGroupTest {
    private static final long NOW = 1_000_000;
    private static final Outcome STORED = new Outcome.Stored(1);
    private static final Outcome FULL = new Outcome.Refused(ErrorCode.STORE_FULL);

    private final OutboxId outbox = new OutboxId(1, 2);
    private final SendStream stream =
            new SendStream(
                    outbox,
                    new TakenNumbers(List.of(new OutboxState.Range(70_000, 70_001))),
                    new RefusedNumbers(),
                    new Sender(AddressPrefix.of(InetAddress.getLoopbackAddress()), outbox));
    private final SendPermits permits =
            Grants.read(new MemoryStore(), MailboxQuota.USUAL, SenderQuota.NONE);
    private final MailboxRoom room =
            new MailboxRoom(new MailboxQuota(2, 1_000), name -> Optional.empty(), () -> 0);
    private final List<Operation> operations = new ArrayList<>();

    @Test
    void whatTheStoreTookIsStored() {
        assertThat(receipts(List.of(send(80_000, "bob")), STORED)).containsExactly("stored");
        assertThat(operations)
                .singleElement()
                .isInstanceOfSatisfying(
                        Operation.Append.class,
                        append -> {
                            assertThat(append.outbox()).isEqualTo(new OutboxNumber(outbox, 80_000));
                            assertThat(append.deadlineMillis()).isEqualTo(NOW + 100);
                            assertThat(append.format()).isEqualTo((byte) 1);
                        });
    }

    @Test
    void takenNumberIsADuplicateWhateverElseThereIsToSay() {
        assertThat(
                        receipts(
                                List.of(
                                        send(70_000, "bob", ErrorCode.MALFORMED_ENVELOPE),
                                        send(70_001, "bob", ErrorCode.DRAINING))))
                .containsExactly("duplicate", "duplicate");
        assertThat(operations).isEmpty();
    }

    @Test
    void numberBelowTheWindowIsUnknown() {
        assertThat(receipts(List.of(send(1, "bob")))).containsExactly("unknown");
        assertThat(receipts(List.of(send(70_001 - 65_536, "bob")))).containsExactly("unknown");
        assertThat(receipts(List.of(send(70_002 - 65_536, "bob")), STORED))
                .containsExactly("stored");
    }

    @Test
    void storedNumberIsTakenFromThenOn() {
        receipts(List.of(send(80_000, "bob")), STORED);
        assertThat(receipts(List.of(send(80_000, "bob")))).containsExactly("duplicate");
    }

    @Test
    void storeMayKnowBetter() {
        assertThat(
                        receipts(
                                List.of(send(80_000, "bob"), send(80_001, "bob")),
                                new Outcome.Duplicate(),
                                new Outcome.Refused(ErrorCode.OUTCOME_UNKNOWN)))
                .containsExactly("duplicate", "unknown");
    }

    @Test
    void expiredIsNotStoredAndStandsNotInTheWay() {
        Send late = new Send(80_000, "bob", ByteBuffer.allocate(9), NOW, NOW, Optional.empty());
        assertThat(receipts(List.of(late, send(80_001, "bob")), STORED))
                .containsExactly("expired", "stored");
    }

    @Test
    void nothingPassesARefusedOneOfItsMailbox() {
        assertThat(
                        receipts(
                                List.of(
                                        send(80_000, "bob", ErrorCode.DRAINING),
                                        send(80_001, "bob"),
                                        send(80_002, "eve"),
                                        send(80_003, "bob")),
                                STORED))
                .containsExactly("draining", "after_refused", "stored", "after_refused");
    }

    @Test
    void finalRefusalLetsTheNextPass() {
        assertThat(
                        receipts(
                                List.of(
                                        send(80_000, "bob", ErrorCode.INVALID_TTL),
                                        send(80_001, "bob")),
                                STORED))
                .containsExactly("invalid_ttl", "stored");
    }

    @Test
    void fullMailboxIsJudgedWithWhatTheSameBatchAdds() {
        assertThat(
                        receipts(
                                List.of(
                                        send(80_000, "bob"),
                                        send(80_001, "bob"),
                                        send(80_002, "bob"),
                                        send(80_003, "bob")),
                                STORED,
                                STORED))
                .containsExactly("stored", "stored", "mailbox_full", "after_refused");
    }

    @Test
    void fullStoreShowsAtTheCommitAndHoldsBackWhatFollows() {
        assertThat(
                        receipts(
                                List.of(
                                        send(80_000, "bob"),
                                        send(80_001, "bob"),
                                        send(80_002, "eve"),
                                        send(80_003, "bob")),
                                FULL,
                                FULL,
                                FULL))
                .containsExactly("store_full", "after_refused", "store_full", "after_refused");
        assertThat(receipts(List.of(send(80_004, "bob")))).containsExactly("after_refused");
    }

    @Test
    void lowestIsSentAgainFirstAndTheOthersFollow() {
        receipts(
                List.of(
                        send(80_000, "bob", ErrorCode.DRAINING),
                        send(80_001, "bob"),
                        send(80_002, "bob")));
        assertThat(receipts(List.of(send(80_001, "bob")))).containsExactly("after_refused");
        assertThat(receipts(List.of(send(80_000, "bob"), send(80_001, "bob")), STORED, STORED))
                .containsExactly("stored", "stored");
    }

    @Test
    void whatIsGivenUpStandsInNobodysWay() {
        receipts(List.of(send(80_000, "bob", ErrorCode.DRAINING), send(80_001, "bob")));
        assertThat(receipts(List.of(new GiveUp(Ranges.of(1, 80_000)), send(80_001, "bob")), STORED))
                .containsExactly("stored");
    }

    @Test
    void whatIsGivenUpBeforeItsReceiptDoesNotStandRefused() {
        assertThat(
                        receipts(
                                List.of(
                                        send(80_000, "bob"),
                                        new GiveUp(Ranges.of(80_000, 80_000)),
                                        send(80_001, "bob")),
                                FULL,
                                FULL))
                .containsExactly("store_full", "store_full");
        assertThat(receipts(List.of(new GiveUp(Ranges.of(80_001, 80_001))))).isEmpty();
        assertThat(receipts(List.of(send(80_002, "eve")), STORED)).containsExactly("stored");
    }

    @Test
    void givingUpWhatWasNeverSentChangesNothing() {
        assertThat(
                        receipts(
                                List.of(
                                        new GiveUp(Ranges.of(1, 99_999)),
                                        send(80_000, "bob", ErrorCode.DRAINING),
                                        send(80_001, "bob"))))
                .containsExactly("draining", "after_refused");
    }

    @Test
    void failedCommitLeavesUnknownWhatTheStoreWasAsked() {
        SendGroup group =
                new SendGroup(
                        stream,
                        List.of(
                                send(70_000, "bob"),
                                send(80_000, "bob", ErrorCode.INVALID_TTL),
                                send(80_001, "bob")),
                        (byte) 1);
        group.judge(NOW, permits, room, operations);
        assertThat(names(group.leaveUnknown(3)))
                .containsExactly("duplicate", "invalid_ttl", "unknown");
    }

    @Test
    void deadStoreStillKnowsWhatWasTaken() {
        SendGroup group =
                new SendGroup(stream, List.of(send(70_000, "bob"), send(80_000, "b")), (byte) 1);
        assertThat(names(group.refuse(new Refusal(ErrorCode.INTERNAL), 3)))
                .containsExactly("duplicate", "internal");
    }

    @Test
    void receiptsThatAreAlikeAreJoined() {
        SendGroup group =
                new SendGroup(stream, List.of(send(80_000, "a"), send(80_005, "b")), (byte) 1);
        group.judge(NOW, permits, room, operations);
        assertThat(group.settle(List.of(STORED, STORED).iterator(), 2))
                .containsExactly(new ReceiptRun(2, new ReceiptOutcome.Stored(2)));
    }

    private List<String> receipts(List<SendEntry> entries, Outcome... outcomes) {
        operations.clear();
        SendGroup group = new SendGroup(stream, entries, (byte) 1);
        group.judge(NOW, permits, room, operations);
        assertThat(operations).hasSize(outcomes.length);
        return names(group.settle(List.of(outcomes).iterator(), 3));
    }

    private static List<String> names(List<ReceiptRun> runs) {
        List<String> names = new ArrayList<>();
        for (ReceiptRun run : runs) {
            for (int i = 0; i < run.count(); i++) {
                names.add(name(run.outcome()));
            }
        }
        return names;
    }

    private static String name(ReceiptOutcome outcome) {
        if (outcome instanceof ReceiptOutcome.Refused refused) {
            return ErrorCode.ofNumber(refused.code()).orElseThrow().token();
        }
        return outcome instanceof ReceiptOutcome.Stored
                ? "stored"
                : outcome instanceof ReceiptOutcome.Duplicate ? "duplicate" : "unknown";
    }

    private static Send send(long number, String mailbox) {
        return new Send(number, mailbox, ByteBuffer.allocate(10), NOW, NOW + 100, Optional.empty());
    }

    private static Send send(long number, String mailbox, ErrorCode code) {
        return new Send(
                number,
                mailbox,
                ByteBuffer.allocate(10),
                NOW,
                NOW + 100,
                Optional.of(new Refusal(code)));
    }
}
