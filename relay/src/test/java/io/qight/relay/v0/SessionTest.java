package io.qight.relay.v0;

import static org.assertj.core.api.Assertions.assertThat;

import io.qight.relay.access.Access;
import io.qight.relay.access.Admission;
import io.qight.relay.delivery.Slice;
import io.qight.store.StoredEnvelope;
import io.qight.wire.ErrorCode;
import io.qight.wire.Limits;
import io.qight.wire.v0.EnvelopeHead;
import io.qight.wire.v0.Request;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Every rule of version 0, in virtual time. */
class SessionTest {
    private static final long GRACE = 10_000;
    private static final long TTL_MAX = 100_000;

    private final Session session =
            new Session(
                    new SessionSettings(GRACE, TTL_MAX, Limits.ENVELOPE_BYTES_MAX),
                    new Admission.Granted(
                            Access.of(
                                    mailbox -> !mailbox.equals("unsent"),
                                    mailbox -> !mailbox.equals("unread"))));
    private long now = 1_000_000;

    @Test
    void helloIsWelcomed() {
        step(new Input.Opened(0));
        assertThat(step(new Input.HeadArrived(0, new Request.Hello("alice"))))
                .containsExactly(new Effect.Finish(0, new Effect.Line.Welcome()));
        assertThat(step(new Input.Written(0))).containsExactly(new Effect.Release(0));
        assertThat(session.openRequests()).isZero();
    }

    @Test
    void envelopeIsReadOnlyWhenItsLengthIsGranted() {
        step(new Input.Opened(0));
        assertThat(step(new Input.HeadArrived(0, new Request.Send(500))))
                .containsExactly(new Effect.Reserve(0, 500));
        assertThat(step(new Input.Granted(0))).containsExactly(new Effect.ReadEnvelope(0, 500));
    }

    @Test
    void okFollowsStoredAndNothingElse() {
        sending(0, 500);
        assertThat(step(new Input.EnvelopeArrived(0, head("bob", 60))))
                .containsExactly(new Effect.Store(0, "bob", now, now + 60_000));
        now += 5;
        assertThat(step(new Input.Stored(0)))
                .containsExactly(new Effect.Finish(0, new Effect.Line.Ok()));
    }

    @Test
    void timeToLiveBeginsWhenTheLastByteArrives() {
        sending(0, 500);
        now += 7000;
        assertThat(step(new Input.EnvelopeArrived(0, head("bob", 1))))
                .containsExactly(new Effect.Store(0, "bob", now, now + 1000));
    }

    @Test
    void longTimeToLiveIsShortened() {
        sending(0, 500);
        assertThat(step(new Input.EnvelopeArrived(0, head("bob", 0xFFFF_FFFFL))))
                .containsExactly(new Effect.Store(0, "bob", now, now + TTL_MAX));
    }

    @Test
    void aMailboxThatTheClientMayNotUseIsRefused() {
        sending(0, 500);
        assertRefused(
                0, ErrorCode.NOT_ALLOWED, step(new Input.EnvelopeArrived(0, head("unsent", 9))));
        step(new Input.Opened(4));
        assertRefused(
                4,
                ErrorCode.NOT_ALLOWED,
                step(new Input.HeadArrived(4, new Request.Fetch("unread"))));
    }

    @Test
    void whoIsNotLetInIsRefusedEverything() {
        Session closed =
                new Session(
                        new SessionSettings(GRACE, TTL_MAX, Limits.ENVELOPE_BYTES_MAX),
                        new Admission.Refused("not you"));
        for (Request request :
                List.of(new Request.Hello("me"), new Request.Send(500), new Request.Fetch("bob"))) {
            closed.step(new Input.Opened(0), now);
            assertThat(closed.step(new Input.HeadArrived(0, request), now))
                    .contains(
                            new Effect.Finish(
                                    0, new Effect.Line.Refusal(ErrorCode.NOT_ALLOWED, "not you")));
            closed.step(new Input.Written(0), now);
            closed.step(new Input.Closed(0), now);
        }
    }

    @Test
    void zeroTimeToLiveIsRefused() {
        sending(0, 500);
        assertRefused(0, ErrorCode.INVALID_TTL, step(new Input.EnvelopeArrived(0, head("bob", 0))));
    }

    @Test
    void badRecipientIsRefused() {
        sending(0, 500);
        assertRefused(
                0, ErrorCode.INVALID_MAILBOX, step(new Input.EnvelopeArrived(0, head("a\nb", 60))));
    }

    @Test
    void keyAddressedMailboxesAreRefused() {
        sending(0, 500);
        assertRefused(
                0,
                ErrorCode.NOT_SUPPORTED,
                step(new Input.EnvelopeArrived(0, head("key:abc", 60))));
        step(new Input.Opened(4));
        assertRefused(
                4,
                ErrorCode.NOT_SUPPORTED,
                step(new Input.HeadArrived(4, new Request.Fetch("key:abc"))));
    }

    @Test
    void storesRefusalIsTold() {
        sending(0, 500);
        step(new Input.EnvelopeArrived(0, head("bob", 60)));
        assertRefused(
                0,
                ErrorCode.STORE_FULL,
                step(new Input.Refused(0, ErrorCode.STORE_FULL, "no room")));
    }

    @Test
    void bytesThatAreNoRequestAreRefused() {
        step(new Input.Opened(0));
        assertRefused(
                0,
                ErrorCode.UNKNOWN_VERB,
                step(new Input.Broken(0, ErrorCode.UNKNOWN_VERB, "what")));
    }

    @Test
    void requestBeyondTheHundredthIsRefusedAndCountsAgainWhenOneEnds() {
        for (long stream = 0; stream < Limits.REQUESTS_MAX; stream++) {
            assertThat(step(new Input.Opened(stream * 4))).isEmpty();
        }
        assertRefused(4000, ErrorCode.TOO_MANY_STREAMS, step(new Input.Opened(4000)));
        step(new Input.Written(4000));
        step(new Input.HeadArrived(0, new Request.Hello("a")));
        step(new Input.Written(0));
        assertThat(step(new Input.Opened(4004))).isEmpty();
    }

    @Test
    void headThatDoesNotArriveIsRefused() {
        step(new Input.Opened(0));
        now += GRACE;
        assertThat(step(new Input.Tick())).isEmpty();
        now += 1;
        assertRefused(0, ErrorCode.REQUEST_TIMEOUT, step(new Input.Tick()));
    }

    @Test
    void envelopeHasTheTimeThatItsLengthTakesAtTheLeastRate() {
        step(new Input.Opened(0));
        now += 1000;
        step(new Input.HeadArrived(0, new Request.Send(1 << 20)));
        step(new Input.Granted(0));
        now += GRACE - 1000 + 16_000;
        assertThat(step(new Input.Tick())).isEmpty();
        now += 1;
        assertRefused(0, ErrorCode.REQUEST_TIMEOUT, step(new Input.Tick()));
    }

    @Test
    void waitForTheBudgetDoesNotCount() {
        step(new Input.Opened(0));
        step(new Input.HeadArrived(0, new Request.Send(500)));
        now += 100 * GRACE;
        assertThat(step(new Input.Tick())).isEmpty();
        step(new Input.Granted(0));
        now += GRACE;
        assertThat(step(new Input.Tick())).isEmpty();
    }

    @Test
    void fetchIsAnsweredSliceBySlice() {
        startFetch(0);
        assertThat(step(new Input.SliceRead(0, slice(false, envelope(1, 100)))))
                .containsExactly(new Effect.Write(0, List.of(bytes(100)), false));
        assertThat(step(new Input.Written(0)))
                .containsExactly(new Effect.Release(0), new Effect.Reserve(0, Session.SLICE_BYTES));
        assertThat(step(new Input.Granted(0))).containsExactly(new Effect.ReadSlice(0));
        assertThat(step(new Input.SliceRead(0, slice(true, envelope(2, 50)))))
                .containsExactly(new Effect.Write(0, List.of(bytes(50)), true));
    }

    @Test
    void emptyMailboxGivesTheEndAlone() {
        startFetch(0);
        assertThat(step(new Input.SliceRead(0, slice(true))))
                .containsExactly(new Effect.Write(0, List.of(), true));
        step(new Input.Written(0));
        assertThat(hello(4)).noneMatch(Effect.Acknowledge.class::isInstance);
    }

    @Test
    void sliceGoesToTheTransportInPieces() {
        startFetch(0);
        int size = Session.PIECE_BYTES;
        assertThat(step(new Input.SliceRead(0, slice(true, envelope(1, size), envelope(2, 9)))))
                .containsExactly(new Effect.Write(0, List.of(bytes(size)), false));
        assertThat(step(new Input.Written(0)))
                .containsExactly(new Effect.Write(0, List.of(bytes(9)), true));
    }

    @Test
    void largeEnvelopeIsReservedByItsOwnSize() {
        startFetch(0);
        assertThat(step(new Input.SliceTooLarge(0, 5_000_000)))
                .containsExactly(new Effect.Release(0), new Effect.Reserve(0, 5_000_000));
        assertThat(step(new Input.Granted(0))).containsExactly(new Effect.ReadSlice(0));
    }

    @Test
    void whatExpiresBeforeItIsHandedOverIsLeftOut() {
        startFetch(0);
        int size = Session.PIECE_BYTES;
        StoredEnvelope later =
                new StoredEnvelope(2, (byte) 0, now + 100, 0, ByteBuffer.wrap(new byte[9]));
        step(new Input.SliceRead(0, slice(true, envelope(1, size), later)));
        now += 100;
        assertThat(step(new Input.Written(0)))
                .containsExactly(new Effect.LeaveOut(0, 2), new Effect.Write(0, List.of(), true));
    }

    @Test
    void nextRequestAcknowledgesWhatWasWrittenBefore() {
        fetched(0);
        assertThat(hello(4)).startsWith(new Effect.Acknowledge(0));
        assertThat(hello(8)).noneMatch(Effect.Acknowledge.class::isInstance);
    }

    @Test
    void requestThatWasOpenedEarlierAcknowledgesNothing() {
        step(new Input.Opened(4));
        fetched(0);
        assertThat(step(new Input.HeadArrived(4, new Request.Hello("a"))))
                .noneMatch(Effect.Acknowledge.class::isInstance);
        assertThat(hello(8)).startsWith(new Effect.Acknowledge(0));
    }

    @Test
    void bytesThatAreNoRequestAcknowledgeNothing() {
        fetched(0);
        step(new Input.Opened(4));
        assertThat(step(new Input.Broken(4, ErrorCode.UNKNOWN_VERB, "what")))
                .noneMatch(Effect.Acknowledge.class::isInstance);
    }

    @Test
    void answerThatIsStillBeingWrittenIsNotAcknowledged() {
        startFetch(0);
        step(new Input.SliceRead(0, slice(true, envelope(1, 100))));
        assertThat(hello(4)).noneMatch(Effect.Acknowledge.class::isInstance);
    }

    @Test
    void orderlyEndAcknowledgesWhatWasWrittenAndGivesBackTheRest() {
        startFetch(4);
        fetched(0);
        step(new Input.SliceRead(4, slice(true, envelope(9, 100))));
        assertThat(step(new Input.Ended(true)))
                .containsExactly(
                        new Effect.Acknowledge(0), new Effect.Release(4), new Effect.GiveBack(4));
    }

    @Test
    void lostConnectionGivesAllBack() {
        fetched(0);
        assertThat(step(new Input.Ended(false))).containsExactly(new Effect.GiveBack(0));
    }

    @Test
    void closedStreamKeepsItsLeaseUntilTheNextRequest() {
        fetched(0);
        assertThat(step(new Input.Closed(0))).isEmpty();
        assertThat(hello(4)).startsWith(new Effect.Acknowledge(0));
    }

    @Test
    void resetGivesBackEvenWhatWasWritten() {
        fetched(0);
        assertThat(step(new Input.Reset(0)))
                .containsExactly(new Effect.GiveBack(0), new Effect.Close(0));
        assertThat(hello(4)).noneMatch(Effect.Acknowledge.class::isInstance);
    }

    @Test
    void resetAnywhereReleasesOnce() {
        step(new Input.Opened(0));
        step(new Input.HeadArrived(0, new Request.Send(500)));
        assertThat(step(new Input.Reset(0)))
                .containsExactly(new Effect.Release(0), new Effect.Close(0));
        assertThat(step(new Input.Granted(0))).isEmpty();
        assertThat(step(new Input.Closed(0))).isEmpty();
        assertThat(session.openRequests()).isZero();
    }

    @Test
    void failedReadEndsTheAnswerWithAnErrorAndGivesBack() {
        startFetch(0);
        step(new Input.SliceRead(0, slice(false, envelope(1, 100))));
        step(new Input.Written(0));
        step(new Input.Granted(0));
        List<Effect> effects =
                step(new Input.Refused(0, ErrorCode.INTERNAL, "the mailbox is damaged"));
        assertRefused(0, ErrorCode.INTERNAL, effects);
        assertThat(effects).contains(new Effect.GiveBack(0));
        step(new Input.Written(0));
        assertThat(hello(4)).noneMatch(Effect.Acknowledge.class::isInstance);
    }

    @Test
    void fetchThatTheDispatcherDoesNotTakeIsRefusedBeforeItIsGranted() {
        step(new Input.Opened(0));
        step(new Input.HeadArrived(0, new Request.Fetch("bob")));
        assertRefused(
                0,
                ErrorCode.OVERLOADED,
                step(new Input.Refused(0, ErrorCode.OVERLOADED, "too much")));
        assertThat(step(new Input.Granted(0))).isEmpty();
    }

    @Test
    void answerThatIsNotReadResetsTheStreamAndGivesBack() {
        startFetch(0);
        step(new Input.SliceRead(0, slice(true, envelope(1, 64 << 10))));
        now += GRACE + 1000;
        assertThat(step(new Input.Tick())).isEmpty();
        now += 1;
        assertThat(step(new Input.Tick()))
                .containsExactly(
                        new Effect.Release(0),
                        new Effect.GiveBack(0),
                        new Effect.Abort(0, ErrorCode.SLOW_READER));
        assertThat(session.openRequests()).isZero();
    }

    @Test
    void readerThatIsSlowerThanTheLeastRateOnAverageIsTooSlow() {
        startFetch(0);
        int slices = 0;
        List<Effect> effects = new ArrayList<>();
        while (slices < 1000 && effects.isEmpty()) {
            step(new Input.SliceRead(0, slice(false, envelope(slices, 1 << 10))));
            // 1 KiB in 100 ms is a sixth of the least rate.
            now += 100;
            effects.addAll(step(new Input.Tick()));
            step(new Input.Written(0));
            step(new Input.Granted(0));
            slices++;
        }
        assertThat(effects).contains(new Effect.Abort(0, ErrorCode.SLOW_READER));
        assertThat(slices).isBetween(100, 130);
    }

    @Test
    void waitForTheDispatcherIsNotTheReadersFault() {
        startFetch(0);
        now += 100 * GRACE;
        assertThat(step(new Input.Tick())).isEmpty();
    }

    @Test
    void clientThatDoesNotEndItsSideIsReadNoLonger() {
        hello(0);
        step(new Input.Written(0));
        now += GRACE + 1;
        assertThat(step(new Input.Tick())).containsExactly(new Effect.StopReading(0));
        assertThat(session.needsTicks()).isFalse();
    }

    @Test
    void drainingRefusesNewRequestsAndFinishesThoseUnderWay() {
        sending(0, 500);
        step(new Input.Drain());
        assertRefused(4, ErrorCode.DRAINING, step(new Input.Opened(4)));
        step(new Input.Written(4));
        now += 1000;
        assertThat(step(new Input.Tick())).isEmpty();
        step(new Input.EnvelopeArrived(0, head("bob", 60)));
        step(new Input.Stored(0));
        step(new Input.Written(0));
        assertThat(step(new Input.Tick())).isEmpty();
        now += Session.LINGER_MILLIS;
        assertThat(step(new Input.Tick())).containsExactly(new Effect.CloseConnection());
    }

    @Test
    void quietConnectionIsClosedAtOnceWhenDraining() {
        step(new Input.Drain());
        assertThat(step(new Input.Tick())).containsExactly(new Effect.CloseConnection());
    }

    @Test
    void requestsThatAreRefusedWhileDrainingDoNotKeepTheConnectionOpen() {
        hello(0);
        step(new Input.Written(0));
        step(new Input.Drain());
        now += Session.LINGER_MILLIS - 1;
        step(new Input.Opened(4));
        step(new Input.Written(4));
        step(new Input.Opened(8));
        now += 1;
        assertThat(step(new Input.Tick())).containsExactly(new Effect.CloseConnection());
    }

    @Test
    void inputsForUnknownStreamsDoNothing() {
        assertThat(step(new Input.Granted(8))).isEmpty();
        assertThat(step(new Input.Stored(8))).isEmpty();
        assertThat(step(new Input.Written(8))).isEmpty();
        assertThat(step(new Input.Closed(8))).isEmpty();
        assertThat(step(new Input.SliceRead(8, slice(true)))).isEmpty();
        assertThat(session.openRequests()).isZero();
    }

    private List<Effect> step(Input input) {
        return session.step(input, now);
    }

    private List<Effect> hello(long stream) {
        step(new Input.Opened(stream));
        return step(new Input.HeadArrived(stream, new Request.Hello("a")));
    }

    private void sending(long stream, int bytes) {
        step(new Input.Opened(stream));
        step(new Input.HeadArrived(stream, new Request.Send(bytes)));
        step(new Input.Granted(stream));
    }

    private void startFetch(long stream) {
        step(new Input.Opened(stream));
        assertThat(step(new Input.HeadArrived(stream, new Request.Fetch("bob"))))
                .containsSequence(
                        new Effect.StartFetch(stream, "bob"),
                        new Effect.Reserve(stream, Session.SLICE_BYTES));
        assertThat(step(new Input.Granted(stream))).containsExactly(new Effect.ReadSlice(stream));
    }

    private void fetched(long stream) {
        startFetch(stream);
        step(new Input.SliceRead(stream, slice(true, envelope(1, 100))));
        step(new Input.Written(stream));
    }

    private static void assertRefused(long stream, ErrorCode code, List<Effect> effects) {
        assertThat(effects).contains(new Effect.Release(stream));
        assertThat(effects)
                .filteredOn(Effect.Finish.class::isInstance)
                .singleElement()
                .satisfies(effect -> {
                    Effect.Finish finish = (Effect.Finish) effect;
                    assertThat(finish.stream()).isEqualTo(stream);
                    assertThat(finish.line())
                            .isInstanceOfSatisfying(
                                    Effect.Line.Refusal.class,
                                    line -> assertThat(line.code()).isEqualTo(code));
                });
    }

    private EnvelopeHead head(String recipient, long ttlSeconds) {
        return new EnvelopeHead("id", "alice", recipient, 0, ttlSeconds, 10);
    }

    private StoredEnvelope envelope(long sequence, int size) {
        return new StoredEnvelope(sequence, (byte) 0, now + 1_000_000, 0, bytes(size));
    }

    private static ByteBuffer bytes(int size) {
        return ByteBuffer.wrap(new byte[size]);
    }

    private static Slice slice(boolean last, StoredEnvelope... envelopes) {
        return new Slice(List.of(envelopes), last);
    }
}
