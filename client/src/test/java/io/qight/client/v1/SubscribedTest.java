package io.qight.client.v1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.qight.wire.ErrorCode;
import io.qight.wire.MessageEnvelope;
import io.qight.wire.ProtocolException;
import io.qight.wire.v1.ConnectionLimits;
import io.qight.wire.v1.EnvelopeCodec;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.Id;
import io.qight.wire.v1.Mode;
import io.qight.wire.v1.Ranges;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SubscribedTest {
    private static final Id ID = new Id(0, 7);
    private static final long WALL = 1_760_000_000_000L;
    private static final long LEASE = 30_000;

    private final Told told = new Told();
    private long now = 1_000;
    private Subscribed subscribed = subscribed(1_000, 1_000_000, 100_000);

    @Test
    void theFirstFrameSaysWhatItWants() {
        assertThat(subscribed.wantsStream(now)).isTrue();
        subscribed.limits(limits());

        assertThat(subscribed.open(now, WALL))
                .isEqualTo(
                        new Frame.Subscribe(
                                ID, WALL, Mode.EXCLUSIVE, LEASE, 1_000, 1_000_000, 0, 0));
        assertThat(subscribed.wantsStream(now)).isFalse();
    }

    @Test
    void beforeWelcomeTheCreditIsSmallAndRaisedThen() {
        subscribed.add("bob");
        Frame.Subscribe first = (Frame.Subscribe) subscribed.open(now, WALL);
        assertThat(first.creditEnvelopes()).isEqualTo(64);
        assertThat(first.creditBytes()).isEqualTo(65_536);
        assertThat(drain()).containsExactly(new Frame.Add(0, "bob"));

        subscribed.limits(limits());
        assertThat(drain()).containsExactly(new Frame.Credit(1_000, 1_000_000));
    }

    @Test
    void mailboxesAreNumberedAndAnswered() {
        open("bob", "carol");
        receive(new Frame.Added(0, 3), new Frame.NotAdded(1, 6, "no name"));
        assertThat(told.next()).containsExactly("added bob", "refused carol invalid_mailbox");
        assertThat(subscribed.add("bob")).isFalse();
        assertThat(subscribed.add("dave")).isTrue();
        assertThat(drain()).containsExactly(new Frame.Add(2, "dave"));
        assertThat(subscribed.isEmpty()).isFalse();
    }

    @Test
    void answersToNoAddAreBad() {
        open("bob");
        assertBad(new Frame.Added(1, 0));
        assertBad(new Frame.NotAdded(1, 6, ""));
        assertBad(new Frame.Removed(0, 0));
        assertBad(new Frame.CaughtUp(0, 0));
        receive(new Frame.Added(0, 0));
        assertBad(new Frame.Added(0, 0));
        assertBad(new Frame.NotAdded(0, 6, ""));
    }

    @Test
    void deliveriesAreHandedOverWithTheirFields() {
        added("bob");
        receive(deliver(1, "bob", 5_000, 2, 1));

        ReceivedEnvelope delivery = told.deliveries.get(0);
        assertThat(delivery.mailbox()).isEqualTo("bob");
        assertThat(delivery.parts().header().mailbox()).isEqualTo("bob");
        assertThat(
                        EnvelopeCodec.decode(
                                        delivery.parts().header(),
                                        delivery.parts().body(),
                                        delivery.acceptedSeconds())
                                .payloadText())
                .isEqualTo("hi");
        assertThat(delivery.deadlineMillis()).isEqualTo(now + 5_000);
        assertThat(delivery.late(now + 4_999)).isFalse();
        assertThat(delivery.late(now + 5_000)).isTrue();
        assertThat(delivery.deliveries()).isEqualTo(2);
        assertThat(delivery.failures()).isEqualTo(1);
    }

    @Test
    void liveOnlyDeliveriesHaveNoDeadline() {
        added("bob");
        ByteBuf live = encoded(MessageEnvelope.builder().recipient("bob").ttlMillis(0).build());
        receive(new Frame.Deliver(0, 1, 0, 1, 0, live));

        assertThat(told.deliveries.get(0).late(Long.MAX_VALUE - 1)).isFalse();
    }

    @Test
    void badDeliveriesAreBadAnswers() {
        added("bob");
        receive(deliver(1, "bob", 5_000, 1, 0));

        assertBad(deliver(1, "bob", 5_000, 1, 0));
        assertBad(deliver(3, "bob", 5_000, 1, 0));
        assertBad(deliver(2, "carol", 5_000, 1, 0));
        assertBad(deliver(2, "bob", 0, 1, 0));
        assertBad(deliver(2, "bob", 5_000, 0, 0));
        assertBad(new Frame.Deliver(9, 2, 5_000, 1, 0, encoded("bob")));
        assertBad(new Frame.Deliver(0, 2, 5_000, 1, 0, Unpooled.wrappedBuffer(new byte[] {1})));
        receive(deliver(2, "bob", 5_000, 1, 0));
    }

    @Test
    void acksAreWrittenTogetherAsRanges() {
        added("bob");
        deliverMany(1, 6);
        for (long number : new long[] {5, 1, 2, 6}) {
            subscribed.ack(number);
        }
        subscribed.ack(1);

        assertThat(drain()).containsExactly(new Frame.Ack(ranges(1, 2, 5, 6)));
        assertThat(subscribed.answered()).isFalse();
        told.next();
        receive(new Frame.Acked(Ranges.of(5, 6)), new Frame.LeaseLost(Ranges.of(1, 1), 43));
        receive(new Frame.Acked(Ranges.of(2, 2)));
        assertThat(told.next())
                .containsExactly("removed 5", "removed 6", "not removed 1", "removed 2");
        assertThat(subscribed.answered()).isTrue();
    }

    @Test
    void answersToNoAckAreBad() {
        added("bob");
        deliverMany(1, 2);
        subscribed.ack(1);
        assertBad(new Frame.Acked(Ranges.of(1, 1)));
        drain();
        assertBad(new Frame.Acked(Ranges.of(2, 2)));
        assertBad(new Frame.LeaseLost(Ranges.of(2, 2), 43));
        assertBad(new Frame.LeaseLost(Ranges.of(3, 3), 0));
        receive(new Frame.Acked(Ranges.of(1, 1)));
        assertBad(new Frame.Acked(Ranges.of(1, 1)));
    }

    @Test
    void anAckGivesTheCreditBackWhenItIsWritten() {
        subscribed = subscribed(2, 1_000_000, 0);
        added("bob");
        deliverMany(1, 2);
        assertBad(deliver(3, "bob", 5_000, 1, 0));
        subscribed.ack(1);
        assertBad(deliver(3, "bob", 5_000, 1, 0));
        drain();
        receive(deliver(3, "bob", 5_000, 1, 0));
        subscribed.nack(2, 0, false, "");
        drain();
        receive(deliver(4, "bob", 5_000, 1, 0));
        assertBad(deliver(5, "bob", 5_000, 1, 0));
    }

    @Test
    void theCreditCountsBytesButOneDeliveryIsAlwaysPossible() {
        subscribed = subscribed(10, 10, 0);
        added("bob");
        receive(deliver(1, "bob", 5_000, 1, 0));
        assertBad(deliver(2, "bob", 5_000, 1, 0));
        subscribed.ack(1);
        drain();
        receive(deliver(2, "bob", 5_000, 1, 0));
    }

    @Test
    void nacksOfOneKindAreWrittenTogether() {
        added("bob");
        deliverMany(1, 4);
        subscribed.nack(1, 500, false, "busy");
        subscribed.nack(2, 500, false, "busy");
        subscribed.nack(4, 500, false, "busy");
        subscribed.nack(3, 0, true, "never");
        subscribed.ack(3);

        assertThat(drain())
                .containsExactly(
                        new Frame.Nack(ranges(1, 2, 4, 4), 500, false, "busy"),
                        new Frame.Nack(Ranges.of(3, 3), 0, true, "never"));
        assertThat(subscribed.answered()).isTrue();
    }

    @Test
    void leasesAreExtendedInTimeAndNotForEver() {
        added("bob");
        deliverMany(1, 2);
        subscribed.ack(2);
        drain();
        for (int i = 0; i < 10; i++) {
            assertThat(subscribed.dueMillis(now)).isEqualTo(now + LEASE / 3);
            now += LEASE / 3;
            subscribed.tick(now);
            List<Frame> written = drain();
            if (now - 1_000 < 100_000) {
                assertThat(written).containsExactly(new Frame.Extend(Ranges.of(1, 1), LEASE));
            } else {
                assertThat(written).isEmpty();
            }
        }
    }

    @Test
    void whatWasExtendedByHandIsNotShortened() {
        added("bob");
        deliverMany(1, 1);
        subscribed.extend(1, 3 * LEASE, now);
        assertThat(drain()).containsExactly(new Frame.Extend(Ranges.of(1, 1), 3 * LEASE));
        for (int i = 0; i < 6; i++) {
            now += LEASE / 3;
            subscribed.tick(now);
            assertThat(drain()).isEmpty();
        }
        now += LEASE;
        subscribed.tick(now);
        assertThat(drain()).hasSize(1);
    }

    @Test
    void withoutKeepingNothingIsExtended() {
        subscribed = subscribed(10, 1_000_000, 0);
        added("bob");
        deliverMany(1, 1);

        assertThat(subscribed.dueMillis(now)).isEqualTo(Long.MAX_VALUE);
        now += LEASE;
        subscribed.tick(now);
        assertThat(drain()).isEmpty();
    }

    @Test
    void aLostLeaseIsToldOnceAndMayBeAckedAllTheSame() {
        added("bob");
        deliverMany(1, 3);
        told.next();
        receive(new Frame.LeaseLost(Ranges.of(1, 2), 0), new Frame.LeaseLost(Ranges.of(1, 1), 46));
        assertThat(told.next()).containsExactly("lost 1", "lost 2");
        subscribed.ack(1);
        subscribed.nack(2, 0, false, "");
        assertThat(drain())
                .containsExactly(
                        new Frame.Ack(Ranges.of(1, 1)),
                        new Frame.Nack(Ranges.of(2, 2), 0, false, ""));
        receive(new Frame.Acked(Ranges.of(1, 1)));
        assertThat(told.next()).containsExactly("removed 1");
        now += LEASE / 3;
        subscribed.tick(now);
        assertThat(drain()).containsExactly(new Frame.Extend(Ranges.of(3, 3), LEASE));
    }

    @Test
    void aLeaseThatEndsUnderAnAckIsAnsweredByTheAck() {
        added("bob");
        deliverMany(1, 1);
        subscribed.ack(1);
        drain();
        told.next();
        receive(new Frame.LeaseLost(Ranges.of(1, 1), 0));
        assertThat(told.next()).isEmpty();
        receive(new Frame.Acked(Ranges.of(1, 1)));
        assertThat(told.next()).containsExactly("removed 1");
    }

    @Test
    void aFarTooLongRangeOfLostLeasesCostsNothing() {
        added("bob");
        deliverMany(1, 1);
        reopen();
        receive(new Frame.Subscribed(true, LEASE, 1L << 60, 1), new Frame.Held(Ranges.of(1, 1)));
        drain();
        receive(new Frame.Added(0, 1), deliver(1L << 60, "bob", 5_000, 1, 0));
        told.next();
        receive(new Frame.LeaseLost(Ranges.of(1, 1L << 60), 0));

        assertThat(told.next()).containsExactly("lost 1", "lost " + (1L << 60));
    }

    @Test
    void caughtUpIsToldOnceWhenAllMailboxesAre() {
        open("bob", "carol");
        receive(new Frame.Added(0, 1), new Frame.Added(1, 0), new Frame.CaughtUp(1, 0));
        receive(deliver(1, "bob", 5_000, 1, 0), new Frame.CaughtUp(0, 1));

        assertThat(told.next())
                .containsExactly("added bob", "added carol", "delivered 1", "caught up");
        assertBad(new Frame.CaughtUp(0, 1));
        subscribed.add("dave");
        drain();
        receive(new Frame.Added(2, 0));
        assertBad(new Frame.CaughtUp(2, 2));
        receive(new Frame.CaughtUp(2, 1));
        assertThat(told.next()).containsExactly("added dave", "caught up");
    }

    @Test
    void removedMailboxesDeliverNoMore() {
        added("bob");
        assertThat(subscribed.remove("carol")).isFalse();
        assertThat(subscribed.remove("bob")).isTrue();
        assertThat(subscribed.remove("bob")).isFalse();
        assertThat(drain()).containsExactly(new Frame.Remove(0));
        told.next();
        receive(deliver(1, "bob", 5_000, 1, 0), new Frame.Removed(0, 0));

        assertThat(told.next()).containsExactly("delivered 1", "removed bob");
        assertBad(deliver(2, "bob", 5_000, 1, 0));
        assertBad(new Frame.Removed(0, 0));
        subscribed.ack(1);
        assertThat(drain()).hasSize(1);
        assertThat(subscribed.isEmpty()).isTrue();
    }

    @Test
    void aMailboxIsNotRemovedByItself() {
        added("bob");
        assertBad(new Frame.Removed(0, 0));
    }

    @Test
    void aMailboxTakenOverTakesItsLeasesAlongAndIsNotAddedAgain() {
        open("bob", "carol");
        receive(new Frame.Added(0, 1), new Frame.Added(1, 1));
        receive(deliver(1, "bob", 5_000, 1, 0));
        receive(new Frame.Deliver(1, 2, 5_000, 1, 0, encoded("carol")));
        told.next();
        receive(new Frame.Removed(0, ErrorCode.TAKEN_OVER.number()));

        assertThat(told.next()).containsExactly("refused bob taken_over", "lost 1");
        reopen();
        assertThat(drain())
                .containsExactly(new Frame.Hold(Ranges.of(1, 2)), new Frame.Add(0, "carol"));
    }

    @Test
    void theNextStreamTakesAllAlong() {
        added("bob");
        deliverMany(1, 6);
        subscribed.ack(1);
        subscribed.ack(2);
        drain();
        subscribed.ack(3);
        subscribed.nack(4, 9, false, "no");
        told.next();

        Frame.Subscribe again = reopen();
        assertThat(again.opening()).isEqualTo(WALL + 1);
        assertThat(again.known()).isEqualTo(6);
        assertThat(again.hold()).isEqualTo(1);
        assertThat(drain())
                .as("acks wait until the relay has said what it knows")
                .containsExactly(new Frame.Hold(Ranges.of(1, 6)), new Frame.Add(0, "bob"));
        receive(new Frame.Subscribed(true, LEASE, 8, 2));
        assertThat(drain()).isEmpty();
        receive(new Frame.Held(Ranges.of(2, 3)), new Frame.Held(Ranges.of(5, 5)));

        assertThat(told.next()).containsExactly("lost 6");
        assertThat(drain()).containsExactly(new Frame.Ack(Ranges.of(1, 3)));
        receive(new Frame.Acked(Ranges.of(1, 3)), new Frame.Added(0, 1));
        assertThat(told.next()).containsExactly("removed 1", "removed 2", "removed 3");
        assertBad(deliver(7, "bob", 5_000, 1, 0));
        receive(deliver(8, "bob", 5_000, 1, 0));
        subscribed.ack(6);
        assertThat(drain()).as("it may still remove it").hasSize(1);
    }

    @Test
    void aNackIsSaidAgainWhereTheLeaseStands() {
        added("bob");
        deliverMany(1, 2);
        subscribed.nack(1, 9, true, "no");
        subscribed.nack(2, 9, true, "no");
        reopen();
        receive(new Frame.Subscribed(true, LEASE, 3, 1), new Frame.Held(Ranges.of(2, 2)));

        assertThat(drain())
                .contains(new Frame.Nack(Ranges.of(2, 2), 9, true, "no"))
                .noneMatch(frame -> frame.equals(new Frame.Nack(Ranges.of(1, 2), 9, true, "no")));
    }

    @Test
    void aSubscriptionThatIsNotKnownHoldsNothing() {
        added("bob");
        deliverMany(1, 3);
        subscribed.ack(1);
        told.next();
        reopen();
        receive(new Frame.Subscribed(false, LEASE, 4, 0));

        assertThat(told.next()).containsExactly("not removed 1", "lost 2", "lost 3");
        subscribed.ack(2);
        subscribed.nack(3, 0, false, "");
        assertThat(told.next()).containsExactly("not removed 2");
        assertThat(drain()).noneMatch(Frame.Ack.class::isInstance);
        receive(new Frame.Added(0, 1), deliver(4, "bob", 5_000, 1, 0));
    }

    @Test
    void onTheNextStreamOnlyWhatIsHeldCounts() {
        subscribed = subscribed(2, 1_000_000, 0);
        added("bob");
        deliverMany(1, 2);
        reopen();
        receive(new Frame.Subscribed(true, LEASE, 3, 1), new Frame.Held(Ranges.of(2, 2)));
        drain();
        receive(new Frame.Added(0, 1), deliver(3, "bob", 5_000, 1, 0));
        assertBad(deliver(4, "bob", 5_000, 1, 0));
    }

    @Test
    void whatIsNackedWhileTheRelayStillTellsWhatItHoldsIsForgottenWithItsLease() {
        added("bob");
        deliverMany(1, 2);
        reopen();
        receive(new Frame.Subscribed(true, LEASE, 3, 1));
        subscribed.nack(1, 0, false, "");
        receive(new Frame.Held(Ranges.of(2, 2)));
        assertThat(drain()).noneMatch(Frame.Nack.class::isInstance);
    }

    @Test
    void badAnswersToSubscribeAreRefused() {
        added("bob");
        deliverMany(1, 2);
        reopen();
        assertBad(new Frame.Held(Ranges.of(1, 1)));
        assertBad(new Frame.Added(0, 0));
        assertBad(new Frame.Subscribed(true, LEASE, 2, 0));
        assertBad(new Frame.Subscribed(false, LEASE, 4, 0));
        assertBad(new Frame.Subscribed(false, LEASE, 3, 1));
        receive(new Frame.Subscribed(true, LEASE, 3, 2));
        assertBad(new Frame.Held(Ranges.of(3, 3)));
        assertBad(deliver(3, "bob", 5_000, 1, 0));
        receive(new Frame.Held(Ranges.of(1, 1)));
        assertBad(new Frame.Held(Ranges.of(1, 1)));
        receive(new Frame.Held(Ranges.of(2, 2)));
        assertBad(new Frame.Subscribed(true, LEASE, 3, 0));
    }

    @Test
    void aMailboxThatIsRefusedForNowAfterAReturnIsAskedForAgain() {
        added("bob");
        reopen();
        receive(new Frame.Subscribed(true, LEASE, 1, 0));
        drain();
        receive(new Frame.NotAdded(0, ErrorCode.OVERLOADED.number(), ""));
        assertThat(told.next()).containsExactly("added bob");
        assertThat(drain()).isEmpty();
        assertThat(subscribed.dueMillis(now)).isEqualTo(now + 100);
        now += 100;
        assertThat(drain()).containsExactly(new Frame.Add(1, "bob"));
    }

    @Test
    void aMailboxThatIsRefusedAtFirstIsTheProgramsAffair() {
        open("bob");
        receive(new Frame.NotAdded(0, ErrorCode.MODE_CONFLICT.number(), ""));
        assertThat(told.next()).containsExactly("refused bob mode_conflict");
        assertThat(subscribed.isEmpty()).isTrue();
    }

    @ParameterizedTest
    @EnumSource(names = {"TAKEN_OVER", "NOT_ALLOWED", "BAD_NUMBER"})
    void whatTheRelayEndsForGoodIsOver(ErrorCode code) {
        added("bob");
        receive(new Frame.StreamError(code.number(), ""));

        assertThat(told.next()).contains("ended " + code.token());
        assertThat(subscribed.over()).isTrue();
        assertThat(subscribed.wantsStream(now + 1_000_000)).isFalse();
    }

    @ParameterizedTest
    @EnumSource(names = {"INTERNAL", "DRAINING", "SLOW_READER"})
    void whatTheRelayEndsForNowIsOpenedAgain(ErrorCode code) {
        added("bob");
        receive(new Frame.StreamError(code.number(), ""));

        assertThat(subscribed.wantsStream(now)).isFalse();
        assertThat(subscribed.dueMillis(now)).isEqualTo(now + 100);
        assertThat(subscribed.wantsStream(now + 100)).isTrue();
        assertBad(new Frame.Added(0, 0));
    }

    @Test
    void theEndComesAfterTheAcksAndIsAnsweredAfterThem() {
        added("bob");
        deliverMany(1, 2);
        subscribed.ack(1);
        subscribed.end();
        assertThat(subscribed.wantsEnd()).isFalse();
        assertThat(drain()).containsExactly(new Frame.Ack(Ranges.of(1, 1)));
        assertThat(subscribed.wantsEnd()).isTrue();
        assertThatThrownBy(() -> subscribed.receiveEnd()).isInstanceOf(ProtocolException.class);
        receive(new Frame.Acked(Ranges.of(1, 1)));
        subscribed.receiveEnd();
        assertThat(subscribed.over()).isTrue();
    }

    @Test
    void theRelayDoesNotEndAStreamByItself() {
        added("bob");
        assertThatThrownBy(() -> subscribed.receiveEnd()).isInstanceOf(ProtocolException.class);
    }

    @Test
    void whatIsToEndIsNotOpenedAgain() {
        added("bob");
        subscribed.end();
        subscribed.lost();
        assertThat(subscribed.over()).isTrue();
    }

    @Test
    void leavingMailboxesAreGoneWithTheStream() {
        open("bob", "carol");
        receive(new Frame.Added(0, 1), new Frame.Added(1, 1));
        subscribed.remove("bob");
        told.next();
        reopen();
        assertThat(told.next()).containsExactly("removed bob");
        assertThat(drain()).containsExactly(new Frame.Add(0, "carol"));
    }

    @Test
    void acksSoonAfterOthersAreToGoTogether() {
        subscribed = subscribed(8, 60_000, 0);
        added("bob");
        deliverMany(1, 5);
        assertThat(subscribed.acksDueMillis()).isLessThanOrEqualTo(now);
        subscribed.ack(1);
        drain();
        assertThat(subscribed.acksDueMillis()).isEqualTo(now + 1);
    }

    @Test
    void acksDoNotWaitWhereTheCreditIsShort() {
        subscribed = subscribed(8, 60_000, 0);
        added("bob");
        deliverMany(1, 6);
        subscribed.ack(1);
        drain();
        assertThat(subscribed.acksDueMillis()).as("5 of 8 are held").isLessThanOrEqualTo(now);
        subscribed.nack(2, 0, false, "");
        drain();
        assertThat(subscribed.acksDueMillis()).isEqualTo(now + 1);
    }

    @Test
    void acksBeyondTheBoundWaitForAnswers() {
        subscribed = subscribed(30_000, 60_000_000, 0);
        added("bob");
        deliverMany(1, 30_000);
        ackAll(1, 30_000);
        assertThat(drain()).hasSize(1);
        deliverMany(30_001, 30_010);
        ackAll(30_001, 30_010);
        assertThat(drain()).isEmpty();
        receive(new Frame.Acked(Ranges.of(1, 1)));
        assertThat(drain()).containsExactly(new Frame.Ack(Ranges.of(30_001, 30_010)));
    }

    @Test
    void whatIsHeldIsListedInFramesOf1024Ranges() {
        subscribed = subscribed(30_000, 60_000_000, 0);
        added("bob");
        deliverMany(1, 5_000);
        for (long number = 2; number <= 5_000; number += 2) {
            subscribed.nack(number, 0, false, "");
        }
        drain();
        Frame.Subscribe again = reopen();

        assertThat(again.hold()).isEqualTo(3);
        assertThat(drain()).filteredOn(Frame.Hold.class::isInstance).hasSize(3);
    }

    private Subscribed subscribed(long envelopes, long bytes, long keepMillis) {
        return new Subscribed(
                ID,
                new SubscriptionSettings(Mode.EXCLUSIVE, LEASE, envelopes, bytes, keepMillis),
                new Backoff(100, 10_000, () -> 0),
                told);
    }

    private void open(String... mailboxes) {
        for (String mailbox : mailboxes) {
            assertThat(subscribed.add(mailbox)).isTrue();
        }
        subscribed.limits(limits());
        subscribed.open(now, WALL);
        assertThat(drain()).hasSize(mailboxes.length);
        receive(new Frame.Subscribed(false, LEASE, 1, 0));
    }

    private void added(String mailbox) {
        open(mailbox);
        receive(new Frame.Added(0, 0));
    }

    private Frame.Subscribe reopen() {
        subscribed.lost();
        return (Frame.Subscribe) subscribed.open(now, WALL);
    }

    private void receive(Frame... frames) {
        for (Frame frame : frames) {
            subscribed.receive(frame, now);
        }
    }

    private void deliverMany(long first, long last) {
        for (long number = first; number <= last; number++) {
            receive(deliver(number, "bob", 500_000, 1, 0));
        }
    }

    private void ackAll(long first, long last) {
        for (long number = first; number <= last; number++) {
            subscribed.ack(number);
        }
    }

    private List<Frame> drain() {
        List<Frame> frames = new ArrayList<>();
        for (Frame frame = subscribed.poll(now); frame != null; frame = subscribed.poll(now)) {
            frames.add(frame);
        }
        return frames;
    }

    private static Frame deliver(
            long number, String mailbox, long left, long deliveries, long failures) {
        return new Frame.Deliver(0, number, left, deliveries, failures, encoded(mailbox));
    }

    private static ByteBuf encoded(String mailbox) {
        return encoded(MessageEnvelope.builder().recipient(mailbox).payload("hi").build());
    }

    private static ByteBuf encoded(MessageEnvelope envelope) {
        ByteBuf encoded = EnvelopeCodec.encode(envelope, UnpooledByteBufAllocator.DEFAULT);
        try {
            // A copy on the heap needs no release.
            return Unpooled.copiedBuffer(encoded);
        } finally {
            encoded.release();
        }
    }

    private static Ranges ranges(long first1, long last1, long first2, long last2) {
        return new Ranges(
                List.of(new Ranges.Range(first1, last1), new Ranges.Range(first2, last2)));
    }

    private static ConnectionLimits limits() {
        return new ConnectionLimits(
                10_000_000,
                2_592_000_000L,
                4_096,
                16_777_216,
                65_536,
                67_108_864,
                100_000,
                1_000,
                43_200_000,
                604_800_000,
                30_000);
    }

    private void assertBad(Frame frame) {
        ThrowingCallable receiving = () -> subscribed.receive(frame, now);
        assertThatThrownBy(receiving)
                .isInstanceOfSatisfying(
                        ProtocolException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.BAD_ANSWER));
    }
}
