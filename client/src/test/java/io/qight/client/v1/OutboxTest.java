package io.qight.client.v1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.qight.client.ClientClosedException;
import io.qight.client.Durability;
import io.qight.client.Receipt;
import io.qight.client.RefusedException;
import io.qight.client.TimedOutException;
import io.qight.identity.EnvelopeWriter;
import io.qight.identity.Grant;
import io.qight.identity.GrantTerms;
import io.qight.identity.Identity;
import io.qight.identity.ProofStatement;
import io.qight.identity.Protection;
import io.qight.identity.Storage;
import io.qight.identity.StorageProof;
import io.qight.wire.ErrorCode;
import io.qight.wire.MessageEnvelope;
import io.qight.wire.ProtocolException;
import io.qight.wire.v1.ConnectionLimits;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.Id;
import io.qight.wire.v1.Ranges;
import io.qight.wire.v1.ReceiptOutcome;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class OutboxTest {
    private static final long SEND_TIMEOUT = 60_000;
    private static final long WALL = 1_760_000_000_000L;
    private static final ReceiptOutcome STORED = new ReceiptOutcome.Stored(1);

    private static final ProofStatement CONNECTION =
            new ProofStatement(
                    ByteBuffer.allocate(32), ByteBuffer.allocate(32), "service", "qight/1", "me");

    private long ids;
    private long now = 1_000;
    private Outbox outbox;

    @BeforeEach
    void make() {
        outbox =
                new Outbox(() -> new Id(0, ++ids), SEND_TIMEOUT, new Backoff(100, 10_000, () -> 0));
    }

    @Test
    void anEmptyOutboxWantsNoStream() {
        assertThat(outbox.wantsStream(now)).isFalse();
        assertThat(outbox.isEmpty()).isTrue();
        assertThat(outbox.dueMillis(now)).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void sendsAreNumberedFromOneAndSayTheirAge() {
        add("bob");
        now += 7;
        add("carol");
        assertThat(outbox.wantsStream(now)).isTrue();
        assertThat(open()).isEqualTo(new Frame.Outbox(new Id(0, 1), WALL, 600_000, 0, 0));
        welcome();
        now += 10;

        Frame.Send first = send();
        Frame.Send second = send();

        assertThat(first.number()).isEqualTo(1);
        assertThat(first.ageMillis()).isEqualTo(17);
        assertThat(first.envelope().readableBytes()).isEqualTo(10);
        assertThat(second.number()).isEqualTo(2);
        assertThat(second.ageMillis()).isEqualTo(10);
        assertThat(poll()).isNull();
    }

    @Test
    void grantGoesBeforeTheFirstSendToItsMailboxAndNotBeforeWelcome() {
        Identity bob = Identity.generate(new SecureRandom());
        GrantTerms.Rate rate = GrantTerms.Rate.perSecond(1);
        Grant grant = Grant.sign(bob, GrantTerms.of(bob.key(), 0, 1, rate, 1));
        outbox.permits().use(grant, bob);
        add("carol");
        add(grant.mailbox());
        add(grant.mailbox());
        for (int stream = 0; stream < 2; stream++) {
            outbox.limits(null);
            open();
            assertThat(send().number()).isEqualTo(1);
            assertThat(poll()).isNull();
            outbox.permits().welcomed(() -> CONNECTION);
            welcome();
            assertThat(poll())
                    .isInstanceOfSatisfying(
                            Frame.Grant.class,
                            frame -> assertThat(frame.grant()).isEqualTo(grant.bytes()));
            assertThat(drain()).containsExactly(2L, 3L);
            outbox.lost();
        }
    }

    @Test
    void receiptsComeInTheOrderOfTheSendsAndSpeakOfMany() {
        List<Answers> senders = addMany("bob", 5);
        start();
        drain();

        receipt(1, 2, STORED);
        receipt(4, 0, new ReceiptOutcome.Duplicate(2));
        assertThat(outbox.isEmpty()).isFalse();
        receipt(5, 0, new ReceiptOutcome.Stored(3));

        assertThat(senders)
                .extracting(Answers::receipt)
                .containsExactly(
                        new Receipt.Stored(Durability.FSYNC),
                        new Receipt.Stored(Durability.FSYNC),
                        new Receipt.Stored(Durability.FSYNC),
                        new Receipt.Duplicate(Durability.OS),
                        new Receipt.Stored(Durability.MEMORY));
        assertThat(outbox.isEmpty()).isTrue();
    }

    @Test
    void aSignedReceiptGivesEachItsProof() {
        Identity relay = Identity.generate(new SecureRandom());
        List<Answers> senders = List.of(addLetter("bob"), addLetter("eve"), addLetter("bob"));
        start();
        List<Storage> stored = new ArrayList<>();
        for (Frame frame = poll(); frame instanceof Frame.Send send; frame = poll()) {
            stored.add(Storage.of(send.envelope().nioBuffer(), WALL + send.number(), 1));
        }
        receipt(1, 2, signed(relay, stored));
        assertThat(senders)
                .extracting(Answers::receipt)
                .extracting(receipt -> ((Receipt.Stored) receipt).proof().get().storage())
                .containsExactlyElementsOf(stored);
    }

    @Test
    void aForgedSignatureIsABadAnswerAndNothingIsLost() {
        Identity relay = Identity.generate(new SecureRandom());
        addLetter("bob");
        start();
        Storage other = Storage.of(send().envelope().nioBuffer(), WALL, 2);
        ReceiptOutcome.Signed good = signed(relay, List.of(other));
        ReceiptOutcome forged =
                new ReceiptOutcome.Signed(
                        1, good.relayKey(), good.deadlinesMillis(), good.signature());
        assertThatThrownBy(() -> receipt(1, 0, forged)).isInstanceOf(ProtocolException.class);

        outbox.lost();
        open();
        welcome();
        assertThat(send().number()).isEqualTo(1);
    }

    private static ReceiptOutcome.Signed signed(Identity relay, List<Storage> stored) {
        return new ReceiptOutcome.Signed(
                stored.get(0).durability(),
                relay.key().bytes(),
                stored.stream().map(Storage::deadlineMillis).toList(),
                StorageProof.sign(relay, stored));
    }

    private Answers addLetter(String mailbox) {
        MessageEnvelope letter =
                MessageEnvelope.builder().sender("me").recipient(mailbox).payload("hi").build();
        Answers answers = new Answers();
        outbox.add(
                OutgoingEnvelope.of(letter, Protection.NONE, new EnvelopeWriter(Optional.empty())),
                answers,
                now);
        return answers;
    }

    @Test
    void badReceiptsAreBadAnswers() {
        addMany("bob", 2);
        start();
        drain();

        assertBad(() -> receipt(2, 0, STORED));
        assertBad(() -> receipt(1, 2, STORED));
        assertBad(() -> receipt(3, 0, STORED));
        assertBad(() -> receipt(1, (1L << 62) - 1, STORED));
        assertBad(() -> receipt(1, 0, new ReceiptOutcome.Handed(1)));
        assertBad(() -> outbox.receive(new Frame.Proved(), now));
        assertBad(() -> outbox.receive(new Frame.Send(1, 0, bytes(1)), now));
    }

    @Test
    void aReceiptForWhatWasNeverSentIsABadAnswer() {
        add("bob");
        start();

        assertBad(() -> receipt(1, 0, STORED));
    }

    @Test
    void beforeWelcomeAtMost64EnvelopesAreSent() {
        addMany("bob", 65);
        open();

        assertThat(drain()).hasSize(64);
        receipt(1, 63, STORED);
        assertThat(poll()).as("receipts before WELCOME make no room").isNull();
        welcome();
        assertThat(send().number()).isEqualTo(65);
    }

    @Test
    void beforeWelcomeAtMost64KiBAreSent() {
        add("bob", 65_000, 1_000_000);
        add("bob", 537, 1_000_000);
        open();

        assertThat(drain()).hasSize(1);
        welcome();
        assertThat(drain()).hasSize(1);
    }

    @Test
    void beforeWelcomeALargerEnvelopeIsNotSentAtAll() {
        add("bob", 65_537, 1_000_000);
        open();

        assertThat(poll()).isNull();
        welcome();
        assertThat(send().number()).isEqualTo(1);
    }

    @Test
    void theCountBeforeWelcomeBeginsAnewWithEachConnection() {
        addMany("bob", 64);
        open();
        drain();
        outbox.lost();
        outbox.limits(null);
        open();

        assertThat(drain()).hasSize(64);
    }

    @Test
    void theWindowBoundsEnvelopesWithoutReceipt() {
        addMany("bob", 100);
        open();
        outbox.limits(limits(70, 1_000_000, 10_000_000));

        assertThat(drain()).hasSize(70);
        receipt(1, 9, STORED);
        assertThat(drain()).hasSize(10);
    }

    @Test
    void theWindowBoundsBytesButOneEnvelopeMayBeUnderWayAlone() {
        add("bob", 200_000, 1_000_000);
        add("bob", 65_536, 1_000_000);
        add("bob", 1, 1_000_000);
        open();
        outbox.limits(limits(64, 65_536, 10_000_000));

        assertThat(drain()).hasSize(1);
        receipt(1, 0, STORED);
        assertThat(drain()).as("a full window").hasSize(1);
        receipt(2, 0, STORED);
        assertThat(drain()).hasSize(1);
    }

    @Test
    void whatStandsRefusedCountsInTheWindow() {
        addMany("bob", 64);
        addMany("carol", 10);
        open();
        outbox.limits(limits(64, 1_000_000, 10_000_000));
        drain();
        refuse(1, 62, ErrorCode.MAILBOX_FULL);
        receipt(64, 0, STORED);

        assertThat(drain()).as("63 stand refused").hasSize(1);
    }

    @Test
    void newLimitsCountAtOnce() {
        addMany("bob", 200);
        open();
        outbox.limits(limits(100, 1_000_000, 10_000_000));
        assertThat(drain()).hasSize(100);
        outbox.limits(limits(64, 1_000_000, 10_000_000));
        receipt(1, 35, STORED);
        assertThat(drain()).isEmpty();
        receipt(37, 0, STORED);
        assertThat(drain()).hasSize(1);
    }

    @Test
    void whatIsLargerThanTheRelayTakesIsRefusedHere() {
        Answers large = add("bob", 1_001, 1_000_000);
        Answers small = add("bob", 1_000, 1_000_000);
        open();
        outbox.limits(limits(64, 65_536, 1_000));

        assertThat(send().number()).as("no number is used up").isEqualTo(1);
        assertThat(large.code()).isEqualTo(ErrorCode.ENVELOPE_SIZE);
        assertThat(small.none()).isTrue();
    }

    @Test
    void aFinalRefusalIsTold() {
        Answers first = add("bob");
        Answers second = add("bob");
        start();
        drain();

        refuse(1, 0, ErrorCode.INVALID_TTL);
        receipt(2, 0, STORED);

        assertThat(first.failure()).isInstanceOf(RefusedException.class);
        assertThat(first.code()).isEqualTo(ErrorCode.INVALID_TTL);
        assertThat(first.failure().retryable()).isFalse();
        assertThat(second.receipt()).isNotNull();
        assertThat(poll()).isNull();
    }

    @Test
    void anUnknownCodeIsNotAllowedAndItsSentenceIsPrintable() {
        Answers sender = add("bob");
        start();
        drain();

        receipt(1, 0, new ReceiptOutcome.Refused(77, "new\nrule", 0));

        assertThat(sender.code()).isEqualTo(ErrorCode.NOT_ALLOWED);
        assertThat(sender.failure()).hasMessageContaining("new rule").hasMessageContaining("77");
    }

    @Test
    void anUnknownOutcomeIsToldAndNotSentAgain() {
        Answers sender = add("bob");
        start();
        drain();

        receipt(1, 0, new ReceiptOutcome.OutcomeUnknown());

        assertThat(sender.code()).isEqualTo(ErrorCode.OUTCOME_UNKNOWN);
        assertThat(outbox.isEmpty()).isTrue();
    }

    @ParameterizedTest
    @EnumSource(names = {"MAILBOX_FULL", "OVERLOADED", "STORE_FULL", "DRAINING", "INTERNAL"})
    void whatMaySucceedLaterIsTriedAgainWithItsNumber(ErrorCode code) {
        Answers sender = add("bob");
        start();
        drain();
        refuse(1, 0, code);

        assertThat(sender.none()).isTrue();
        assertThat(poll()).isNull();
        assertThat(outbox.dueMillis(now)).isEqualTo(now + 100);
        now += 100;
        assertThat(send().number()).isEqualTo(1);
        receipt(1, 0, STORED);
        assertThat(sender.receipt()).isNotNull();
    }

    @Test
    void theWaitsGrowAndTheRelaysOwnWishCounts() {
        add("bob");
        start();
        drain();
        for (long wait = 100; wait <= 12_800; wait *= 2) {
            refuse(1, 0, ErrorCode.MAILBOX_FULL);
            long due = Math.min(wait, 10_000);
            now += due - 1;
            assertThat(poll()).isNull();
            now += 1;
            assertThat(send().number()).isEqualTo(1);
        }
        receipt(1, 0, new ReceiptOutcome.Refused(9, "", 15_000));
        now += 14_999;
        assertThat(poll()).isNull();
        now += 1;
        assertThat(send().number()).isEqualTo(1);
    }

    @Test
    void theLowestIsTriedAloneAndTheOthersFollowInOrder() {
        addMany("bob", 3);
        start();
        drain();
        refuse(1, 0, ErrorCode.MAILBOX_FULL);
        refuse(2, 1, ErrorCode.AFTER_REFUSED);
        Answers late = add("bob");

        now += 100;
        assertThat(drain()).containsExactly(1L);
        receipt(1, 0, STORED);
        assertThat(drain()).containsExactly(2L, 3L, 4L);
        receipt(2, 2, STORED);
        assertThat(late.receipt()).isNotNull();
        add("bob");
        assertThat(drain()).containsExactly(5L);
    }

    @Test
    void aMailboxThatRefusesHoldsUpNoOther() {
        add("bob");
        start();
        drain();
        refuse(1, 0, ErrorCode.MAILBOX_FULL);
        add("bob");
        Answers carol = add("carol");

        assertThat(drain()).containsExactly(2L);
        receipt(2, 0, STORED);
        assertThat(carol.receipt()).isNotNull();
        now += 100;
        assertThat(drain()).containsExactly(1L);
        receipt(1, 0, STORED);
        assertThat(drain()).containsExactly(3L);
    }

    @Test
    void whatIsRefusedWhileTheOthersFollowWaitsAgain() {
        addMany("bob", 3);
        start();
        drain();
        refuse(1, 2, ErrorCode.OVERLOADED);
        now += 100;
        drain();
        receipt(1, 0, STORED);
        assertThat(drain()).containsExactly(2L, 3L);
        refuse(2, 1, ErrorCode.OVERLOADED);

        assertThat(poll()).isNull();
        now += 100;
        assertThat(drain()).containsExactly(2L);
    }

    @Test
    void whatStandsRefusedForTooLongIsGivenUp() {
        Answers first = add("bob", 10, 5_000);
        Answers second = add("bob", 10, 1_000_000);
        start();
        drain();
        refuse(1, 0, ErrorCode.MAILBOX_FULL);
        refuse(2, 0, ErrorCode.AFTER_REFUSED);
        assertThat(outbox.dueMillis(now + 200)).isEqualTo(now + 5_000);

        now += 5_000;
        outbox.tick(now);
        assertThat(first.code()).isEqualTo(ErrorCode.EXPIRED);
        assertThat(first.failure()).hasMessageContaining(ErrorCode.MAILBOX_FULL.sentence());
        assertThat(poll()).isEqualTo(new Frame.GiveUp(Ranges.of(1, 1)));
        assertThat(drain()).containsExactly(2L);
        refuse(2, 0, ErrorCode.MAILBOX_FULL);
        now += SEND_TIMEOUT - 5_000;
        outbox.tick(now);
        assertThat(second.code()).isEqualTo(ErrorCode.MAILBOX_FULL);
        assertThat(second.failure().retryable()).isTrue();
        assertThat(poll()).isEqualTo(new Frame.GiveUp(Ranges.of(2, 2)));
        assertThat(outbox.isEmpty()).isTrue();
    }

    @Test
    void whatGetsNoReceiptInTimeIsUnknownAndGivenUp() {
        Answers first = add("bob", 10, 1_000);
        Answers second = add("bob", 10, 1_000_000);
        start();
        drain();
        now += SEND_TIMEOUT - 1;
        outbox.tick(now);
        assertThat(first.none()).as("what was sent is asked for past its time").isTrue();

        now += 1;
        outbox.tick(now);
        assertThat(first.failure()).isInstanceOf(TimedOutException.class);
        assertThat(first.code()).isEqualTo(ErrorCode.OUTCOME_UNKNOWN);
        assertThat(second.code()).isEqualTo(ErrorCode.OUTCOME_UNKNOWN);
        assertThat(poll()).isEqualTo(new Frame.GiveUp(Ranges.of(1, 2)));
        receipt(1, 0, STORED);
        refuse(2, 0, ErrorCode.MAILBOX_FULL);
        add("bob");
        now += 100;
        assertThat(drain()).as("2 does not stand refused").containsExactly(3L);
    }

    @Test
    void whatCouldNotBeSentInTimeFails() {
        Answers expired = add("bob", 10, 1_000);
        Answers timedOut = add("bob", 10, 1_000_000);
        now += 1_000;
        outbox.tick(now);
        assertThat(expired.failure()).isInstanceOf(RefusedException.class);
        assertThat(expired.code()).isEqualTo(ErrorCode.EXPIRED);
        now += SEND_TIMEOUT;
        outbox.tick(now);
        assertThat(timedOut.failure()).isInstanceOf(TimedOutException.class);
        assertThat(timedOut.code()).isEqualTo(ErrorCode.TIMED_OUT);
        assertThat(outbox.isEmpty()).isTrue();
    }

    @Test
    void aNewStreamFirstSendsWhatHasNoReceiptOrWasRefusedForNow() {
        addMany("bob", 3);
        addMany("carol", 2);
        start();
        drain();
        refuse(1, 0, ErrorCode.MAILBOX_FULL);
        receipt(2, 0, new ReceiptOutcome.Refused(12, "", 0));
        add("bob");
        add("dave");
        outbox.lost();
        now += 5;

        assertThat(outbox.wantsStream(now)).isTrue();
        assertThat(open()).isEqualTo(new Frame.Outbox(new Id(0, 1), WALL + 1, 600_000, 5, 5));
        assertThat(drain()).containsExactly(1L, 3L, 4L, 5L, 6L, 7L);
    }

    @Test
    void onANewStreamRefusalsDoNotDisturbTheOrderOfNumbers() {
        addMany("bob", 70);
        start();
        drain();
        outbox.lost();
        outbox.limits(null);
        open();
        assertThat(drain()).hasSize(64);
        refuse(1, 0, ErrorCode.MAILBOX_FULL);
        add("carol");
        welcome();

        assertThat(drain())
                .as("number 65 to 70 go before new ones though bob refuses")
                .containsExactly(65L, 66L, 67L, 68L, 69L, 70L, 71L);
    }

    @Test
    void openingsGrowAlsoWhenTheWallClockGoesBack() {
        add("bob");
        assertThat(opening(WALL)).isEqualTo(WALL);
        outbox.lost();
        assertThat(opening(WALL - 3_600_000)).isEqualTo(WALL + 1);
        outbox.lost();
        assertThat(opening(WALL + 10)).isEqualTo(WALL + 10);
    }

    @Test
    void theAgeOfTheTriedIsTheLargerOfBothClocks() {
        add("bob");
        open();
        welcome();
        drain();
        outbox.lost();
        now += 1_000;

        Frame.Outbox slept = (Frame.Outbox) outbox.open(now, WALL + 400_000, false);
        outbox.lost();
        Frame.Outbox back = (Frame.Outbox) outbox.open(now, WALL - 400_000, false);

        assertThat(slept.triedAgeMillis()).isEqualTo(400_000);
        assertThat(back.triedAgeMillis()).isEqualTo(1_000);
    }

    @Test
    void anOutboxThatIsNotKnownGoesOnUnderANewId() {
        Answers sent = add("bob");
        Answers refused = add("carol");
        start();
        drain();
        receipt(1, 0, STORED);
        refuse(2, 0, ErrorCode.MAILBOX_FULL);
        Answers unsent = add("dave");
        outbox.lost();
        Answers alsoSent = add("erin");
        open();

        outbox.receive(error(ErrorCode.OUTCOME_UNKNOWN), now);

        assertThat(sent.receipt()).isNotNull();
        assertThat(refused.code()).isEqualTo(ErrorCode.OUTCOME_UNKNOWN);
        assertThat(unsent.none()).isTrue();
        assertThat(alsoSent.none()).isTrue();
        assertThat(outbox.wantsStream(now)).isTrue();
        Frame.Outbox next = (Frame.Outbox) open();
        assertThat(next.outbox()).isEqualTo(new Id(0, 2));
        assertThat(next.tried()).isZero();
        assertThat(next.triedAgeMillis()).isZero();
        assertThat(drain()).containsExactly(1L, 2L);
    }

    @Test
    void anUnusedOutboxCannotBeUnknown() {
        add("bob");
        open();

        assertBad(() -> outbox.receive(error(ErrorCode.OUTCOME_UNKNOWN), now));
    }

    @Test
    void anOutboxTakenOverIsNotOpenedAgain() {
        Answers sent = add("bob");
        start();
        drain();

        outbox.receive(error(ErrorCode.TAKEN_OVER), now);

        assertThat(sent.code()).isEqualTo(ErrorCode.OUTCOME_UNKNOWN);
        add("bob");
        assertThat(((Frame.Outbox) open()).outbox()).isEqualTo(new Id(0, 2));
    }

    @Test
    void afterEarlyDataATakenOverOutboxIsOpenedAgainOnce() {
        Answers sent = add("bob");
        outbox.open(now, WALL, true);
        drain();

        outbox.receive(error(ErrorCode.TAKEN_OVER), now);
        assertThat(sent.none()).isTrue();
        Frame.Outbox again = (Frame.Outbox) outbox.open(now, WALL, true);
        assertThat(again.outbox()).isEqualTo(new Id(0, 1));
        assertThat(again.opening()).isEqualTo(WALL + 1);
        drain();
        outbox.receive(error(ErrorCode.TAKEN_OVER), now);

        assertThat(sent.code()).isEqualTo(ErrorCode.OUTCOME_UNKNOWN);
    }

    @Test
    void aStreamThatTheRelayEndsIsOpenedAgainLater() {
        Answers sender = add("bob");
        start();
        drain();

        outbox.receive(error(ErrorCode.TOO_MANY_OUTBOXES), now);
        assertThat(outbox.wantsStream(now)).isFalse();
        assertThat(outbox.dueMillis(now)).isEqualTo(now + 100);
        now += 100;
        assertThat(outbox.wantsStream(now)).isTrue();
        open();
        assertThat(drain()).containsExactly(1L);
        outbox.receive(error(ErrorCode.SLOW_READER), now);
        assertThat(outbox.dueMillis(now)).isEqualTo(now + 200);
        assertThat(sender.none()).isTrue();
        assertBad(() -> outbox.receive(error(ErrorCode.INTERNAL), now));
    }

    @Test
    void liveOnlyIsNeverSentTwice() {
        Answers handed = add("bob", 10, 0);
        Answers nobody = add("bob", 10, 0);
        Answers refused = add("bob", 10, 0);
        Answers lost = add("bob", 10, 0);
        start();
        drain();
        receipt(1, 0, new ReceiptOutcome.Handed(3));
        receipt(2, 0, new ReceiptOutcome.Nobody());
        refuse(3, 0, ErrorCode.OVERLOADED);
        assertThat(poll()).isEqualTo(new Frame.GiveUp(Ranges.of(3, 3)));
        outbox.lost();

        assertThat(handed.receipt()).isEqualTo(new Receipt.Handed(3));
        assertThat(nobody.receipt()).isEqualTo(new Receipt.Handed(0));
        assertThat(refused.code()).isEqualTo(ErrorCode.OVERLOADED);
        assertThat(lost.code()).isEqualTo(ErrorCode.OUTCOME_UNKNOWN);
        assertThat(outbox.wantsStream(now)).isFalse();
    }

    @Test
    void aLiveOnlyEnvelopeCannotBeStored() {
        add("bob", 10, 0);
        start();
        drain();

        assertBad(() -> receipt(1, 0, STORED));
    }

    @Test
    void whoCancelsHearsNothing() {
        List<Answers> senders = new ArrayList<>();
        List<OutboxEntry> entries = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Answers sender = new Answers();
            senders.add(sender);
            entries.add(outbox.add(envelope("bob", 10, 1_000_000), sender, now));
        }
        outbox.cancel(entries.get(3));
        start();
        assertThat(drain()).containsExactly(1L, 2L, 3L);
        refuse(1, 0, ErrorCode.MAILBOX_FULL);
        outbox.cancel(entries.get(0));
        outbox.cancel(entries.get(1));
        assertThat(poll()).isEqualTo(new Frame.GiveUp(Ranges.of(1, 2)));
        receipt(2, 1, STORED);

        assertThat(senders.get(0).none()).isTrue();
        assertThat(senders.get(1).none()).isTrue();
        assertThat(senders.get(2).receipt()).isNotNull();
        assertThat(senders.get(3).none()).isTrue();
        assertThat(outbox.isEmpty()).isTrue();
    }

    @Test
    void closingTellsWhatIsKnown() {
        Answers sent = add("bob");
        Answers refused = add("carol");
        start();
        drain();
        refuse(1, 0, ErrorCode.MAILBOX_FULL);
        Answers unsent = add("bob");

        outbox.close(ErrorCode.CLOSED, "closed");

        assertThat(sent.code()).as("refused, so not stored").isEqualTo(ErrorCode.CLOSED);
        assertThat(refused.code()).isEqualTo(ErrorCode.OUTCOME_UNKNOWN);
        assertThat(unsent.failure()).isInstanceOf(ClientClosedException.class);
        assertThat(unsent.code()).isEqualTo(ErrorCode.CLOSED);
        assertThat(outbox.isEmpty()).isTrue();
    }

    private void start() {
        open();
        welcome();
    }

    private Frame open() {
        return outbox.open(now, WALL, false);
    }

    private long opening(long wall) {
        return ((Frame.Outbox) outbox.open(now, wall, false)).opening();
    }

    private void welcome() {
        outbox.limits(limits(4_096, 16_777_216, 10_000_000));
    }

    private Answers add(String mailbox) {
        return add(mailbox, 10, 1_000_000);
    }

    private Answers add(String mailbox, int size, long ttlMillis) {
        Answers sender = new Answers();
        outbox.add(envelope(mailbox, size, ttlMillis), sender, now);
        return sender;
    }

    private List<Answers> addMany(String mailbox, int count) {
        List<Answers> senders = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            senders.add(add(mailbox));
        }
        return senders;
    }

    private @Nullable Frame poll() {
        return outbox.poll(now);
    }

    private Frame.Send send() {
        return (Frame.Send) Objects.requireNonNull(poll());
    }

    /** The numbers of all SENDs that may go now. */
    private List<Long> drain() {
        List<Long> numbers = new ArrayList<>();
        for (Frame frame = poll(); frame != null; frame = poll()) {
            numbers.add(((Frame.Send) frame).number());
        }
        return numbers;
    }

    private void receipt(long first, long more, ReceiptOutcome outcome) {
        outbox.receive(new Frame.Receipt(first, more, outcome), now);
    }

    private void refuse(long first, long more, ErrorCode code) {
        receipt(first, more, new ReceiptOutcome.Refused(code.number(), code.sentence(), 0));
    }

    private static Frame error(ErrorCode code) {
        return new Frame.StreamError(code.number(), code.sentence());
    }

    private static OutgoingEnvelope envelope(String mailbox, int size, long ttlMillis) {
        return new OutgoingEnvelope(mailbox, ttlMillis, new byte[size]);
    }

    private static ByteBuf bytes(int size) {
        return Unpooled.wrappedBuffer(new byte[size]);
    }

    private static ConnectionLimits limits(long envelopes, long bytes, long envelopeBytesMax) {
        return new ConnectionLimits(
                envelopeBytesMax,
                2_592_000_000L,
                envelopes,
                bytes,
                65_536,
                67_108_864,
                100_000,
                1_000,
                43_200_000,
                604_800_000,
                30_000);
    }

    private static void assertBad(ThrowingCallable action) {
        assertThatThrownBy(action)
                .isInstanceOfSatisfying(
                        ProtocolException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.BAD_ANSWER));
    }
}
