package io.qight.relay;

import static io.qight.relay.SeedClient.await;
import static io.qight.relay.StreamingClient.send;
import static org.assertj.core.api.Assertions.assertThat;

import io.qight.relay.flow.Waiting;
import io.qight.store.Durability;
import io.qight.store.MemoryStore;
import io.qight.wire.ErrorCode;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.Mode;
import io.qight.wire.v1.Ranges;
import io.qight.wire.v1.ReceiptOutcome;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Few bytes that ask for many. */
@Timeout(60)
class MemoryBombAttackIT {
    private static final long MANY = 1L << 60;
    private static final int RECEPTIONS = 2_000;

    @TempDir Path directory;
    private Relay relay;

    @BeforeEach
    void start() {
        relay =
                Relay.start(
                        RelayFixture.config(new MemoryStore(), directory)
                                .durability(Durability.MEMORY)
                                .limits(RelayLimits.USUAL.withReceptions(RECEPTIONS))
                                .build());
    }

    @AfterEach
    void end() {
        RelayFixture.assertNothingHeld(relay);
        relay.close();
    }

    @Test
    void rangesOfNumbersThatNobodyHasCostNothing() {
        try (StreamingClient client = StreamingClient.connect(relay)) {
            StreamingClientStream sends = client.openOutbox(StreamingClient.randomId(), 1);
            sends.write(new Frame.GiveUp(Ranges.of(1, MANY)), send(1, "bob", "x"));
            assertThat(sends.next())
                    .isEqualTo(new Frame.Receipt(1, 0, new ReceiptOutcome.Stored(3)));
            StreamingClientStream fetch = client.open().write(subscribe(0, 0));
            assertThat(fetch.next()).isInstanceOf(Frame.Subscribed.class);
            assertError(fetch.write(new Frame.Ack(Ranges.of(1, MANY))), ErrorCode.BAD_NUMBER);
            StreamingClientStream holds =
                    client.open()
                            .write(subscribe(MANY, 1))
                            .write(new Frame.Hold(Ranges.of(1, MANY)))
                            .write(new Frame.Add(1, "eve"));
            assertThat(holds.next())
                    .isInstanceOfSatisfying(
                            Frame.Subscribed.class,
                            subscribed -> assertThat(subscribed.held()).isZero());
            assertThat(holds.next()).isInstanceOf(Frame.Added.class);
        }
    }

    @Test
    void lengthsThatNoFrameHasAreRefusedBeforeAnythingIsReserved() {
        try (StreamingClient client = StreamingClient.connect(relay)) {
            // A length of 2^62 - 1, and the type of SEND.
            byte[] head = {-1, -1, -1, -1, -1, -1, -1, -1, 17};
            StreamingClientStream sends = client.openOutbox(StreamingClient.randomId(), 1);
            assertError(sends.write(head), ErrorCode.FRAME_TOO_LARGE);
            assertThat(relay.statistics().budgetHighestBytes()).isLessThan(1 << 20);
        }
    }

    @Test
    void mailboxesAreAddedUpToTheRelaysNumberByAllTogether() {
        try (StreamingClient one = StreamingClient.connect(relay);
                StreamingClient other = StreamingClient.connect(relay)) {
            StreamingClientStream first = one.open().write(subscribe(0, 0));
            assertThat(first.next()).isInstanceOf(Frame.Subscribed.class);
            for (int i = 1; i <= RECEPTIONS; i++) {
                first.write(new Frame.Add(i, "mailbox " + i));
            }
            for (int i = 1; i <= RECEPTIONS; i++) {
                assertThat(next(first)).isEqualTo(new Frame.Added(i, 0));
            }
            StreamingClientStream second = other.open().write(subscribe(0, 0));
            assertThat(second.next()).isInstanceOf(Frame.Subscribed.class);
            second.write(new Frame.Add(1, "one more"));
            assertThat(second.next())
                    .isInstanceOfSatisfying(
                            Frame.NotAdded.class,
                            not -> assertThat(not.code()).isEqualTo(ErrorCode.OVERLOADED.number()));
            first.write(new Frame.Remove(7));
            assertThat(next(first)).isInstanceOf(Frame.Removed.class);
            second.write(new Frame.Add(2, "one more"));
            assertThat(next(second)).isEqualTo(new Frame.Added(2, 0));
        }
        Waiting.until("both are gone", () -> relay.statistics().connections() == 0);
    }

    /** But for what is said of the ends of backlogs. */
    private static Frame next(StreamingClientStream stream) {
        Frame frame = stream.next();
        while (frame instanceof Frame.CaughtUp) {
            frame = stream.next();
        }
        return frame;
    }

    private static Frame.Subscribe subscribe(long known, long hold) {
        return new Frame.Subscribe(
                StreamingClient.randomId(), 1, Mode.SHARED, 30_000, 10, 10_000, known, hold);
    }

    private static void assertError(StreamingClientStream stream, ErrorCode code) {
        assertThat(stream.next())
                .isInstanceOfSatisfying(
                        Frame.StreamError.class,
                        error -> assertThat(error.code()).isEqualTo(code.number()));
        await(stream.ended());
    }
}
