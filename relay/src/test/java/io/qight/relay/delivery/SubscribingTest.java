package io.qight.relay.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.qight.wire.ErrorCode;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.Id;
import io.qight.wire.v1.Mode;
import io.qight.wire.v1.Ranges;
import org.junit.jupiter.api.Test;

/** docs/protocol.md 6.7: SUBSCRIBE, HOLD, resuming, takeover, and the end of a stream. */
class SubscribingTest {
    private final DeliveryFixture relay = new DeliveryFixture();

    @Test
    void newSubscriptionStartsAtOneAndHoldsNothing() {
        FetchClient client = relay.client(1).subscribe();
        assertThat(client.frames).containsExactly(new Frame.Subscribed(false, 60_000, 1, 0));
    }

    @Test
    void leaseIsBroughtWithinTheLimits() {
        FetchClient eager = relay.client(1);
        eager.leaseMillis = 1;
        FetchClient lazy = relay.client(2);
        lazy.leaseMillis = 1L << 61;
        assertThat(eager.subscribe().last(Frame.Subscribed.class).leaseMillis()).isEqualTo(1_000);
        assertThat(lazy.subscribe().last(Frame.Subscribed.class).leaseMillis())
                .isEqualTo(43_200_000);
    }

    @Test
    void unknownSubscriptionGoesOnAfterWhatTheClientKnows() {
        relay.send("bob", "a");
        FetchClient client = relay.client(1);
        client.known = 41;
        client.subscribe(3, 40);
        client.add("bob");
        assertThat(client.frames.get(0)).isEqualTo(new Frame.Subscribed(false, 60_000, 42, 0));
        assertThat(client.delivered()).containsExactly(42L);
    }

    @Test
    void numbersThatOnlyTheClientKnowsAreLost() {
        FetchClient client = relay.client(1);
        client.known = 41;
        client.subscribe(3);
        client.ack(1, 3, 41);
        client.extend(5, 10_000);
        client.nack(7, 0);
        assertThat(client.ackLost()).containsExactly(1L, 3L, 41L);
        assertThat(client.extendLost()).containsExactly(5L);
        assertThat(client.acked()).isEmpty();
        assertThat(client.failure).isNull();
    }

    @Test
    void largestKnownNumberIsTaken() {
        FetchClient client = relay.client(1);
        client.known = Frame.Subscribe.KNOWN_MAX;
        client.subscribe();
        relay.send("bob", "a");
        client.add("bob");
        assertThat(client.delivered()).containsExactly(Frame.Subscribe.KNOWN_MAX + 1);
    }

    @Test
    void nothingHappensBeforeTheLastHold() {
        FetchClient client = relay.client(1);
        client.known = 10;
        client.sendSubscribe(2);
        client.send(new Frame.Hold(Ranges.of(1, 2)));
        assertThat(client.frames).isEmpty();
        client.send(new Frame.Hold(Ranges.of(4, 5)));
        assertThat(client.frames).hasSize(1);
    }

    @Test
    void holdBeyondWhatIsKnownIsRefused() {
        FetchClient client = relay.client(1);
        client.known = 10;
        client.subscribe(11);
        assertThat(client.failure).isEqualTo(ErrorCode.BAD_NUMBER);
        assertThat(relay.deliveries.subscriptions()).isZero();
    }

    @Test
    void holdsThatDoNotComeInTimeAreRefused() {
        FetchClient client = relay.client(1);
        client.sendSubscribe(1);
        relay.pass(9_999);
        assertThat(client.failure).isNull();
        relay.pass(1);
        assertThat(client.failure).isEqualTo(ErrorCode.REQUEST_TIMEOUT);
    }

    @Test
    void holdsThatCameInTimeAreNotTimedOutLater() {
        FetchClient client = relay.client(1);
        client.known = 1;
        client.subscribe(1);
        relay.pass(60_000);
        assertThat(client.failure).isNull();
    }

    @Test
    void framesOutOfPlaceAreRefused() {
        FetchClient early = relay.client(1);
        relay.deliveries.open(early);
        early.ack(1);
        FetchClient twice = relay.client(2).subscribe();
        twice.send(new Frame.Subscribe(new Id(0, 3), 1, Mode.SHARED, 1, 1, 1, 0, 0));
        FetchClient late = relay.client(4).subscribe();
        late.send(new Frame.Hold(Ranges.of(1, 1)));
        FetchClient missing = relay.client(5);
        missing.sendSubscribe(1);
        missing.add("bob");
        assertThat(relay.clients).allMatch(one -> one.failure == ErrorCode.WRONG_STATE);
    }

    @Test
    void whatIsHeldStaysLeasedAndTheRestComesAgainWithoutFailure() {
        relay.send("bob", "a", "b", "c");
        FetchClient first = relay.receiver(1, "bob");
        first.lose();
        FetchClient second = first.again().subscribe(2);
        assertThat(second.frames)
                .containsExactly(
                        new Frame.Subscribed(true, 60_000, 4, 1), new Frame.Held(Ranges.of(2, 2)));
        second.add("bob");
        assertThat(second.payloads()).containsExactly("a", "c");
        assertThat(second.delivered()).containsExactly(4L, 5L);
        assertThat(second.all(Frame.Deliver.class))
                .allMatch(one -> one.failures() == 0 && one.deliveries() == 2);
        second.ack(2);
        assertThat(second.acked()).containsExactly(2L);
        assertThat(relay.waiting("bob")).isEqualTo(2);
    }

    @Test
    void ackThatIsBeingCarriedOutIsNotGivenOutAgain() {
        relay.send("bob", "a", "b");
        FetchClient first = relay.receiver(1, "bob");
        relay.commitsAtOnce = false;
        first.ack(1);
        first.lose();
        FetchClient second = first.again().subscribe(1, 2);
        assertThat(second.held()).containsExactly(2L);
        second.add("bob");
        assertThat(second.delivered()).isEmpty();
        second.ack(1);
        relay.commitsAtOnce = true;
        relay.run();
        assertThat(second.acked()).containsExactly(1L);
        assertThat(second.ackLost()).isEmpty();
    }

    @Test
    void ackAnsweredOnALostStreamIsToldAgainWhenSentAgain() {
        relay.send("bob", "a");
        FetchClient first = relay.receiver(1, "bob");
        relay.commitsAtOnce = false;
        first.ack(1);
        first.lose();
        relay.commitsAtOnce = true;
        relay.run();
        FetchClient second = first.again().subscribe(1);
        assertThat(second.held()).isEmpty();
        second.ack(1);
        assertThat(second.acked()).containsExactly(1L);
        assertThat(first.acked()).isEmpty();
    }

    @Test
    void newerStreamTakesOverAndNothingOfTheOlderIsRead() {
        relay.send("bob", "a");
        FetchClient older = relay.receiver(1, "bob");
        FetchClient newer = older.again().subscribe(1);
        assertThat(older.failure).isEqualTo(ErrorCode.TAKEN_OVER);
        assertThat(newer.held()).containsExactly(1L);
        int written = older.frames.size();
        older.nack(1, 0);
        older.lose();
        relay.send("bob", "b");
        assertThat(older.frames).hasSize(written);
        assertThat(newer.delivered()).isEmpty();
        newer.add("bob");
        assertThat(newer.payloads()).containsExactly("b");
        relay.pass(59_000);
        newer.ack(1);
        assertThat(newer.acked()).containsExactly(1L);
    }

    @Test
    void openingThatIsNotLargerIsItselfTakenOver() {
        FetchClient first = relay.receiver(1, "bob");
        FetchClient same = first.again();
        same.opening = first.opening;
        same.subscribe();
        first.lose();
        FetchClient lower = first.again();
        lower.opening = first.opening - 1;
        lower.subscribe();
        assertThat(same.failure).isEqualTo(ErrorCode.TAKEN_OVER);
        assertThat(lower.failure).isEqualTo(ErrorCode.TAKEN_OVER);
        assertThat(first.failure).isNull();
    }

    @Test
    void subscriptionIsKnownFor30SecondsAfterItsConnection() {
        relay.send("bob", "a");
        FetchClient first = relay.receiver(1, "bob");
        first.lose();
        relay.pass(29_999);
        assertThat(relay.receiver(2, "bob").delivered()).isEmpty();
        FetchClient second = first.again().subscribe(1);
        assertThat(second.held()).containsExactly(1L);
        second.lose();
        relay.pass(30_000);
        FetchClient third = second.again();
        third.known = 1;
        third.subscribe(1);
        assertThat(third.frames).containsExactly(new Frame.Subscribed(false, 60_000, 2, 0));
    }

    @Test
    void afterTheGraceItsEnvelopesGoToOthersWithoutFailure() {
        relay.send("bob", "a");
        FetchClient first = relay.receiver(1, "bob");
        FetchClient other = relay.receiver(2, "bob");
        first.lose();
        relay.pass(29_999);
        assertThat(other.delivered()).isEmpty();
        relay.pass(1);
        assertThat(other.payloads()).containsExactly("a");
        assertThat(other.last(Frame.Deliver.class).failures()).isZero();
        assertThat(relay.deliveries.subscriptions()).isEqualTo(1);
    }

    @Test
    void graceOfAnEarlierLossDoesNotEndALaterStream() {
        relay.send("bob", "a");
        FetchClient first = relay.receiver(1, "bob");
        first.lose();
        relay.pass(20_000);
        FetchClient second = first.again().subscribe(1);
        relay.pass(25_000);
        second.ack(1);
        assertThat(second.acked()).containsExactly(1L);
    }

    @Test
    void orderlyEndAnswersAcksFirstAndGivesBackTheRestAtOnce() {
        relay.send("bob", "a", "b");
        FetchClient client = relay.receiver(1, "bob");
        FetchClient other = relay.receiver(2, "bob");
        relay.commitsAtOnce = false;
        client.ack(1);
        client.end();
        assertThat(other.payloads()).containsExactly("b");
        assertThat(other.last(Frame.Deliver.class).failures()).isZero();
        assertThat(client.finished).isFalse();
        relay.commitsAtOnce = true;
        relay.run();
        assertThat(client.acked()).containsExactly(1L);
        assertThat(client.finished).isTrue();
        assertThat(relay.deliveries.subscriptions()).isEqualTo(1);
    }

    @Test
    void subscriptionThatEndedInOrderIsUnknown() {
        FetchClient client = relay.receiver(1, "bob");
        client.end();
        FetchClient next = client.again().subscribe();
        assertThat(next.last(Frame.Subscribed.class).resumed()).isFalse();
    }

    @Test
    void endingStreamThatIsTakenOverGoesOnInTheNewer() {
        relay.send("bob", "a");
        FetchClient client = relay.receiver(1, "bob");
        relay.commitsAtOnce = false;
        client.ack(1);
        client.end();
        FetchClient next = client.again().subscribe(1);
        relay.commitsAtOnce = true;
        next.ack(1);
        assertThat(next.acked()).containsExactly(1L);
        relay.pass(100_000);
        assertThat(next.failure).isNull();
        assertThat(relay.deliveries.subscriptions()).isEqualTo(1);
    }

    @Test
    void clientsFaultIsToldAfterTheAcksBefore() {
        relay.send("bob", "a");
        FetchClient client = relay.receiver(1, "bob");
        relay.commitsAtOnce = false;
        client.ack(1);
        client.ack(2);
        assertThat(client.failure).isNull();
        client.ack(1);
        relay.commitsAtOnce = true;
        relay.run();
        assertThat(client.acked()).containsExactly(1L);
        assertThat(client.failure).isEqualTo(ErrorCode.BAD_NUMBER);
    }

    @Test
    void endedByErrorCountsAsLostConnection() {
        relay.send("bob", "a");
        FetchClient client = relay.receiver(1, "bob");
        client.ack(2);
        assertThat(client.failure).isEqualTo(ErrorCode.BAD_NUMBER);
        FetchClient next = client.again().subscribe(1);
        assertThat(next.held()).containsExactly(1L);
    }

    @Test
    void whatComesAfterTheEndIsPassedOver() {
        FetchClient client = relay.receiver(1, "bob");
        client.ack(99);
        client.send(new Frame.Subscribe(new Id(0, 7), 1, Mode.SHARED, 1, 1, 1, 0, 0));
        client.pong();
        client.lose();
        relay.pass(30_000);
        assertThat(relay.deliveries.subscriptions()).isZero();
    }

    @Test
    void modeAndCreditAreThoseOfTheNewStream() {
        relay.send("bob", "a", "b", "c");
        FetchClient first = relay.receiver(1, "bob");
        first.lose();
        FetchClient second = first.again();
        second.creditEnvelopes = 2;
        second.subscribe(1);
        second.add("bob");
        assertThat(second.payloads()).containsExactly("b");
    }

    @Test
    void whatExpiredOnItsWayIsNotHeld() {
        relay.append("bob", "short", 1_000);
        FetchClient first = relay.client(1);
        first.takes = false;
        first.subscribe();
        first.add("bob");
        relay.pass(2_000);
        FetchClient second = first.again().subscribe(1);
        assertThat(second.held()).isEmpty();
    }

    @Test
    void answersToAcksOfALostStreamAreNotToldOnTheNext() {
        relay.send("bob", "a");
        FetchClient first = relay.receiver(1, "bob");
        relay.commitsAtOnce = false;
        first.ack(1);
        first.lose();
        relay.ledger.commit();
        relay.ledger.answer(relay.now);
        FetchClient second = first.again().subscribe();
        assertThat(second.frames).hasSize(1);
    }
}
