package io.qight.relay.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.qight.store.Operation;
import io.qight.store.OutboxId;
import io.qight.store.OutboxState;
import io.qight.wire.ErrorCode;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.Id;
import io.qight.wire.v1.Varint;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class OutboxesTest {
    private static final long START = 1_000_000_000;
    private static final Id ID = new Id(1, 2);
    private static final OutboxId OUTBOX = new OutboxId(1, 2);
    private static final Optional<OutboxState> NOT_STORED = Optional.empty();

    private final Outboxes<String> outboxes = new Outboxes<>(OutboxLimits.of(5, 3), START);

    @Test
    void newOutboxIsOpenedAndTheStoreToldForHowLong() {
        assertThat(opened(open("one", frame(ID, 1, 5), 0)).operation())
                .isEqualTo(new Operation.OpenOutbox(OUTBOX, START, 600_000));
        assertThat(opened(open("two", frame(new Id(1, 3), 1, Varint.MAX), 0)).operation())
                .isEqualTo(new Operation.OpenOutbox(new OutboxId(1, 3), START, 604_800_000));
        assertThat(outboxes.stream("one")).isPresent();
        assertThat(outboxes.openStreams()).isEqualTo(2);
    }

    @Test
    void largerOpeningTakesTheOutboxFromTheOlderStream() {
        open("old", frame(ID, 7, 0), 0);
        assertThat(opened(open("new", frame(ID, 8, 0), 0)).from()).contains("old");
        assertThat(outboxes.stream("old")).isEmpty();
        assertThat(outboxes.stream("new")).isPresent();
        // The older one's end changes nothing any more.
        assertThat(outboxes.close("old", START)).isEmpty();
        assertThat(outboxes.stream("new")).isPresent();
    }

    @Test
    void openingThatIsNotLargerThanAllBeforeIsTakenOver() {
        open("one", frame(ID, 7, 0), 0);
        assertThat(refusal(open("two", frame(ID, 7, 0), 0))).isEqualTo(ErrorCode.TAKEN_OVER);
        outboxes.close("one", START);
        assertThat(refusal(open("two", frame(ID, 6, 0), 0))).isEqualTo(ErrorCode.TAKEN_OVER);
        opened(open("two", frame(ID, 8, 0), 0));
    }

    @Test
    void openingsOfAnEarlierRunAreNotKnown() {
        OutboxState stored =
                new OutboxState(OUTBOX, List.of(new OutboxState.Range(1, 9)), START, 600_000);
        opened(outboxes.open("one", frame(ID, 1, 0), here(), Optional.of(stored), 1, START));
        SendStream stream = outboxes.stream("one").orElseThrow();
        assertThat(stream.taken().of(9)).isEqualTo(TakenNumbers.Known.TAKEN);
        assertThat(stream.taken().of(10)).isEqualTo(TakenNumbers.Known.FREE);
    }

    @Test
    void usedOutboxThatIsNotRememberedIsUnknownUnlessItWasUsedJustNow() {
        assertThat(refusal(open("one", tried(ID, 9, 300_000), 0)))
                .isEqualTo(ErrorCode.OUTCOME_UNKNOWN);
        assertThat(refusal(open("one", tried(ID, 1, Varint.MAX), 0)))
                .isEqualTo(ErrorCode.OUTCOME_UNKNOWN);
        opened(open("two", tried(new Id(1, 3), 9, 299_999), 0));
        opened(open("three", tried(new Id(1, 4), 0, 300_000), 0));
    }

    @Test
    void usedOutboxThatIsRememberedIsOpened() {
        OutboxState stored = new OutboxState(OUTBOX, List.of(), START, 600_000);
        opened(
                outboxes.open(
                        "one", tried(ID, 9, Varint.MAX), here(), Optional.of(stored), 1, START));
    }

    @Test
    void outboxesAreBoundedInAll() {
        assertThat(refusal(open("one", frame(ID, 1, 0), 5))).isEqualTo(ErrorCode.TOO_MANY_OUTBOXES);
        OutboxState stored = new OutboxState(OUTBOX, List.of(), START, 600_000);
        // Known ones are not new.
        opened(outboxes.open("one", frame(ID, 1, 0), here(), Optional.of(stored), 5, START));
    }

    @Test
    void outboxesAreBoundedForOneAddress() throws UnknownHostException {
        for (int i = 0; i < 3; i++) {
            opened(open("s" + i, frame(new Id(9, i), 1, 0), 0));
        }
        assertThat(refusal(open("s4", frame(new Id(9, 4), 1, 0), 0)))
                .isEqualTo(ErrorCode.TOO_MANY_OUTBOXES);
        opened(
                outboxes.open(
                        "s5",
                        frame(new Id(9, 5), 1, 0),
                        InetAddress.getByName("10.0.0.1"),
                        NOT_STORED,
                        0,
                        START));
        outboxes.close("s0", START);
        outboxes.forgotten(new OutboxId(9, 0));
        opened(open("s6", frame(new Id(9, 6), 1, 0), 0));
    }

    @Test
    void addressesOfOneIpv6NetworkCountAsOne() throws UnknownHostException {
        for (int i = 0; i < 4; i++) {
            Outboxes.Opening<String> opening =
                    outboxes.open(
                            "s" + i,
                            frame(new Id(9, i), 1, 0),
                            InetAddress.getByName("2001:db8::" + i),
                            NOT_STORED,
                            0,
                            START);
            assertThat(opening instanceof Outboxes.Opening.Opened).isEqualTo(i < 3);
        }
    }

    @Test
    void nothingIsForgottenInTheFirstMinutesOfARun() {
        assertThat(outboxes.mayForget(START + 605_999)).isFalse();
        assertThat(outboxes.mayForget(OUTBOX, START + 605_999)).isFalse();
        assertThat(outboxes.mayForget(OUTBOX, START + 606_000)).isTrue();
    }

    @Test
    void openOutboxIsNotForgottenButRenewed() {
        long later = START + 10_000_000;
        open("one", frame(ID, 1, 0), 0);
        assertThat(outboxes.mayForget(OUTBOX, later)).isFalse();
        assertThat(outboxes.renewals(START + 299_999)).isEmpty();
        assertThat(outboxes.renewals(START + 300_000))
                .containsExactly(new Operation.OpenOutbox(OUTBOX, START + 300_000, 600_000));
        assertThat(outboxes.renewals(START + 300_001)).isEmpty();
        assertThat(outboxes.close("one", later))
                .contains(new Operation.OpenOutbox(OUTBOX, later, 600_000));
        assertThat(outboxes.mayForget(OUTBOX, later + 599_999)).isFalse();
        assertThat(outboxes.mayForget(OUTBOX, later + 600_000)).isTrue();
    }

    private Outboxes.Opening<String> open(String stream, Frame.Outbox frame, long stored) {
        return outboxes.open(stream, frame, here(), NOT_STORED, stored, START);
    }

    private static Outboxes.Opening.Opened<String> opened(Outboxes.Opening<String> opening) {
        assertThat(opening).isInstanceOf(Outboxes.Opening.Opened.class);
        return (Outboxes.Opening.Opened<String>) opening;
    }

    private static ErrorCode refusal(Outboxes.Opening<String> opening) {
        assertThat(opening).isInstanceOf(Outboxes.Opening.Refused.class);
        return ((Outboxes.Opening.Refused<String>) opening).refusal().code();
    }

    private static Frame.Outbox frame(Id id, long opening, long rememberMillis) {
        return new Frame.Outbox(id, opening, rememberMillis, 0, 0);
    }

    private static Frame.Outbox tried(Id id, long tried, long ageMillis) {
        return new Frame.Outbox(id, 1, 0, tried, ageMillis);
    }

    private static InetAddress here() {
        return InetAddress.getLoopbackAddress();
    }
}
