package io.qight.relay.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.qight.identity.Grant;
import io.qight.identity.GrantTerms;
import io.qight.identity.Identity;
import io.qight.identity.Revocation;
import io.qight.relay.grants.OwnerRule;
import io.qight.relay.outbox.MailboxQuota;
import io.qight.relay.outbox.OutboxLimits;
import io.qight.relay.outbox.SendEntry;
import io.qight.store.Durability;
import io.qight.store.MemoryStore;
import io.qight.store.Operation;
import io.qight.store.Removal;
import io.qight.wire.ErrorCode;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.Id;
import io.qight.wire.v1.ReceiptOutcome;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What owners lay down, and what their mailboxes take, in the writer. */
class StoreWriterGrantsTest {
    private static final long END = 2_000_000;

    private final Identity bob = Identity.generate(new SecureRandom());
    private final Identity pass = Identity.generate(new SecureRandom());
    private final Grant grant =
            Grant.sign(
                    bob,
                    GrantTerms.of(pass.key(), 0, END, GrantTerms.Rate.perSecond(1_000), 1_000));
    private final String mailbox = bob.key().address();

    private final AtomicLong now = new AtomicLong(1_000_000);
    private final GatedStore store = new GatedStore(new MemoryStore());
    private final RelayBudget budget = new RelayBudget(1L << 30);
    private final RelayBudget.Share share = budget.newShare(Runnable::run);
    private final Answers owner = new Answers();
    private final Answers alice = new Answers();
    private StoreWriter writer = newWriter();

    @BeforeEach
    void begin() {
        writer.start();
    }

    @AfterEach
    void end() throws InterruptedException {
        store.openGate();
        writer.close(10_000);
        assertThat(budget.heldBytes()).isZero();
    }

    @Test
    void aRuleIsAnsweredWhenItsCommitHasReturned() throws Exception {
        store.closeGate();
        keep(1, revocation());
        Waiting.until("the commit runs", store::someoneWaits);
        assertThat(owner.none()).isTrue();
        store.openGate();
        assertThat(owner.next()).isEqualTo(new Message.RuleKept(1, Optional.empty()));
    }

    @Test
    void whatIsSentAfterARevocationIsRefusedOnAStreamThatIsOpen() throws Exception {
        open(alice, 4, 1);
        sends(alice, 4, new SendEntry.UseGrant(grant), send(1));
        assertThat(codes(alice)).containsExactly(0);
        keep(1, revocation());
        owner.next();
        sends(alice, 4, send(2));
        assertThat(codes(alice)).containsExactly(ErrorCode.NOT_ALLOWED.number());
    }

    @Test
    void rulesAreThereAfterARestart() throws Exception {
        keep(1, revocation());
        keep(2, new OwnerRule.Demand(bob.key(), true));
        owner.next();
        owner.next();
        writer.close(10_000);
        writer = newWriter();
        writer.start();

        open(alice, 4, 1);
        sends(alice, 4, send(1), new SendEntry.UseGrant(grant), send(2));
        int notAllowed = ErrorCode.NOT_ALLOWED.number();
        assertThat(codes(alice)).containsExactly(notAllowed, notAllowed);
    }

    @Test
    void demandsThatFollowEachOtherLeaveTheLastOne() throws Exception {
        store.closeGate();
        for (int i = 0; i < 5; i++) {
            keep(i, new OwnerRule.Demand(bob.key(), i % 2 == 0));
            keep(i, new OwnerRule.Demand(bob.key(), i % 2 == 0));
        }
        keep(5, new OwnerRule.Demand(bob.key(), false));
        store.openGate();
        for (int i = 0; i < 11; i++) {
            assertThat(((Message.RuleKept) owner.next()).refusal()).isEmpty();
        }
        assertThat(store.statistics().waiting()).isZero();
    }

    @Test
    void aRevocationLeavesTheStoreWithTheGrantsEnd() throws Exception {
        keep(1, revocation());
        owner.next();
        assertThat(store.statistics().waiting()).isEqualTo(1);
        now.set(END);
        Waiting.until("it is gone", () -> store.statistics().waiting() == 0);
    }

    @Test
    void strangersHaveATenthOfTheMailboxAndAGrantedSenderGoesOn() throws Exception {
        open(alice, 4, 1);
        SendEntry[] sends = new SendEntry[12];
        for (int i = 0; i < sends.length; i++) {
            sends[i] = send(i + 1);
        }
        sends(alice, 4, sends);
        int full = ErrorCode.MAILBOX_FULL.number();
        int after = ErrorCode.AFTER_REFUSED.number();
        assertThat(codes(alice)).containsExactly(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, full, after);
        open(alice, 8, 2);
        sends(alice, 8, new SendEntry.UseGrant(grant), send(1), send(2));
        assertThat(codes(alice)).containsExactly(0, 0);

        long first = store.statistics(mailbox).orElseThrow().firstSequence();
        writer.change(
                new Message.Change(
                        owner, 9, List.of(new Operation.Remove(mailbox, first, Removal.ACKED))));
        owner.next();
        open(alice, 12, 3);
        sends(alice, 12, send(1), send(2));
        assertThat(codes(alice)).containsExactly(0, full);
    }

    @Test
    void whatComesFasterThanTheGrantAllowsIsToldWhenToComeAgain() throws Exception {
        GrantTerms.Rate slow = new GrantTerms.Rate(1, 60_000, 2);
        Grant few = Grant.sign(bob, GrantTerms.of(pass.key(), 0, END, slow, 1_000));
        open(alice, 4, 1);
        sends(alice, 4, new SendEntry.UseGrant(few), send(1), send(2), send(3), send(4));
        Message.Receipts receipts = (Message.Receipts) alice.next();
        assertThat(receipts.runs()).hasSize(3);
        ReceiptOutcome.Refused refused = (ReceiptOutcome.Refused) receipts.runs().get(1).outcome();
        assertThat(refused.code()).isEqualTo(ErrorCode.RATE_LIMITED.number());
        assertThat(refused.afterMillis()).isBetween(60_000L, 60_001L);
        now.addAndGet(60_001);
        sends(alice, 4, send(3), send(4));
        assertThat(codes(alice)).containsExactly(0, ErrorCode.RATE_LIMITED.number());
    }

    private OwnerRule revocation() {
        return new OwnerRule.Revoke(
                bob.key(), Revocation.sign(bob, grant.terms().id(), grant.terms().expiresMillis()));
    }

    private StoreWriter newWriter() {
        return new StoreWriter(
                store,
                new WriterSettings(
                        Durability.OS, new MailboxQuota(100, 100_000), OutboxLimits.of(10, 10)),
                now::get,
                new RelayMeters(new SimpleMeterRegistry(), now::get));
    }

    private void keep(long request, OwnerRule rule) {
        writer.send(new Message.KeepRule(owner, request, rule, InetAddress.getLoopbackAddress()));
    }

    private void open(Answers caller, long stream, long outbox) {
        writer.send(
                new Message.OpenOutbox(
                        caller,
                        stream,
                        new Frame.Outbox(new Id(outbox, 0), 1, 0, 0, 0),
                        InetAddress.getLoopbackAddress()));
    }

    private void sends(Answers caller, long stream, SendEntry... entries) {
        writer.send(
                new Message.Sends(caller, stream, List.of(entries), share.reserve(100, () -> {})));
    }

    private SendEntry send(long number) {
        return new SendEntry.Send(
                number,
                mailbox,
                ByteBuffer.allocate(10),
                now.get(),
                now.get() + 1_000_000_000,
                Optional.empty());
    }

    private static List<Integer> codes(Answers caller) throws InterruptedException {
        List<Integer> codes = new ArrayList<>();
        for (var run : ((Message.Receipts) caller.next()).runs()) {
            for (int i = 0; i < run.count(); i++) {
                codes.add(
                        run.outcome() instanceof ReceiptOutcome.Refused refused
                                ? (int) refused.code()
                                : run.outcome().number());
            }
        }
        return codes;
    }
}
