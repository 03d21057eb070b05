package io.qight.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.qight.relay.flow.Waiting;
import io.qight.store.MemoryStore;
import io.qight.store.Removal;
import io.qight.wire.ErrorCode;
import io.qight.wire.MessageEnvelope;
import io.qight.wire.v1.EnvelopeCodec;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.FrameType;
import io.qight.wire.v1.Id;
import io.qight.wire.v1.Mode;
import io.qight.wire.v1.Ranges;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** FETCH streams of version 1 over real QUIC; each rule of them is tested in {@code delivery}. */
class FetchIT {
    private static final long CREDIT_BYTES = 1 << 20;

    @TempDir Path directory;
    private Relay relay;

    @BeforeEach
    void start() {
        relay = Relay.start(RelayFixture.config(new MemoryStore(), directory).build());
    }

    @AfterEach
    void end() {
        RelayFixture.assertNothingHeld(relay);
        RelayFixture.assertAddsUp(relay);
        relay.close();
    }

    @Test
    void whatWaitsComesThenCaughtUpThenWhatIsSent() {
        append("bob", "one");
        try (StreamingClient client = StreamingClient.connect(relay)) {
            StreamingClientStream stream = subscribe(client, StreamingClient.randomId(), 1, 0);
            stream.write(new Frame.Add(7, "bob"));
            assertThat(stream.next()).isEqualTo(new Frame.Added(7, 1));
            assertDelivery(stream.next(), 1, "one");
            assertThat(stream.next()).isEqualTo(new Frame.CaughtUp(7, 1));
            append("bob", "two");
            assertDelivery(stream.next(), 2, "two");
            stream.write(new Frame.Ack(Ranges.of(1, 2)));
            assertThat(stream.next()).isEqualTo(new Frame.Acked(Ranges.of(1, 2)));
            assertThat(relay.statistics().store().waiting()).isZero();
            assertThat(removed(Removal.ACKED)).isEqualTo(2);
        }
    }

    @Test
    void deepMailboxComesWithinTheCredit() {
        int count = 20_000;
        for (int i = 0; i < count; i++) {
            append("bob", "message " + i);
        }
        try (StreamingClient client = StreamingClient.connect(relay)) {
            StreamingClientStream stream = subscribe(client, StreamingClient.randomId(), 1, 0);
            stream.write(new Frame.Add(1, "bob"));
            assertThat(stream.next()).isEqualTo(new Frame.Added(1, count));
            long received = 0;
            long sent = 0;
            long acked = 0;
            while (acked < count) {
                Frame frame = stream.next();
                if (frame instanceof Frame.Deliver deliver) {
                    assertDelivery(deliver, received + 1, "message " + received);
                    received++;
                    assertThat(received - sent).isLessThanOrEqualTo(100);
                    if (received % 50 == 0) {
                        stream.write(new Frame.Ack(Ranges.of(received - 49, received)));
                        sent = received;
                    }
                } else if (frame instanceof Frame.Acked answer) {
                    acked = answer.deliveries().last();
                }
            }
            assertThat(relay.statistics().store().waiting()).isZero();
        }
    }

    @Test
    void lostSubscriptionIsTakenUpAgain() {
        append("bob", "one");
        append("bob", "two");
        Id id = StreamingClient.randomId();
        try (StreamingClient client = StreamingClient.connect(relay)) {
            StreamingClientStream lost = subscribe(client, id, 1, 0);
            lost.write(new Frame.Add(1, "bob"));
            lost.next();
            assertDelivery(lost.next(), 1, "one");
            assertDelivery(lost.next(), 2, "two");
            lost.reset();
            StreamingClientStream again =
                    client.open()
                            .write(
                                    new Frame.Subscribe(
                                            id, 2, Mode.SHARED, 30_000, 100, CREDIT_BYTES, 2, 1))
                            .write(new Frame.Hold(Ranges.of(2, 2)));
            assertThat(again.next()).isEqualTo(new Frame.Subscribed(true, 30_000, 3, 1));
            assertThat(again.next()).isEqualTo(new Frame.Held(Ranges.of(2, 2)));
            again.write(new Frame.Add(1, "bob"), new Frame.Ack(Ranges.of(2, 2)));
            List<Frame> frames = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                frames.add(again.next());
            }
            assertThat(frames)
                    .contains(
                            new Frame.Added(1, 2),
                            new Frame.CaughtUp(1, 3),
                            new Frame.Acked(Ranges.of(2, 2)));
            assertThat(frames)
                    .filteredOn(frame -> frame instanceof Frame.Deliver)
                    .singleElement()
                    .satisfies(frame -> assertDelivery(frame, 3, "one"));
            again.write(new Frame.Ack(Ranges.of(3, 3)));
            assertThat(again.next()).isEqualTo(new Frame.Acked(Ranges.of(3, 3)));
        }
    }

    @Test
    void leaseThatRanOutUnderALivingClientFails() {
        append("bob", "one");
        try (StreamingClient client = StreamingClient.connect(relay)) {
            StreamingClientStream stream =
                    client.open()
                            .write(
                                    new Frame.Subscribe(
                                            StreamingClient.randomId(),
                                            1,
                                            Mode.SHARED,
                                            1,
                                            10,
                                            CREDIT_BYTES,
                                            0,
                                            0))
                            .write(new Frame.Add(1, "bob"));
            assertThat(stream.next()).isEqualTo(new Frame.Subscribed(false, 1000, 1, 0));
            stream.next();
            assertDelivery(stream.next(), 1, "one");
            stream.next();
            Frame.Ping ping = (Frame.Ping) client.control().next();
            client.control().write(new Frame.Pong(ping.opaque()));
            assertThat(stream.next()).isEqualTo(new Frame.LeaseLost(Ranges.of(1, 1), 0));
            Frame.Deliver again = (Frame.Deliver) stream.next();
            assertThat(again.failures()).isEqualTo(1);
            assertThat(again.deliveries()).isEqualTo(2);
            stream.write(new Frame.Ack(Ranges.of(1, 2)));
            List<Frame> answers = List.of(stream.next(), stream.next());
            assertThat(answers)
                    .containsExactlyInAnyOrder(
                            new Frame.Acked(Ranges.of(1, 1)),
                            new Frame.LeaseLost(Ranges.of(2, 2), FrameType.ACK.number()));
        }
    }

    @Test
    void bothVersionsShareOneMailbox() {
        try (StreamingClient client = StreamingClient.connect(relay);
                SeedClient seed = SeedClient.connect(relay)) {
            seed.send(SeedClient.envelope("bob", "from version 0"));
            StreamingClientStream stream = subscribe(client, StreamingClient.randomId(), 1, 0);
            stream.write(new Frame.Add(1, "bob"));
            stream.next();
            assertDelivery(stream.next(), 1, "from version 0");
            assertThat(seed.fetch("bob")).isEmpty();
            stream.finish();
            Waiting.until(
                    "it was given back", () -> relay.statistics("bob").orElseThrow().leased() == 0);
            assertThat(seed.fetch("bob")).hasSize(1);
        }
    }

    @Test
    void faultIsAnsweredBehindWhatIsOwed() {
        append("bob", "one");
        try (StreamingClient client = StreamingClient.connect(relay)) {
            StreamingClientStream stream = subscribe(client, StreamingClient.randomId(), 1, 0);
            stream.write(new Frame.Add(1, "bob"));
            stream.next();
            stream.next();
            stream.next();
            stream.write(new Frame.Ack(Ranges.of(1, 1)), new Frame.Ack(Ranges.of(9, 9)));
            assertThat(stream.next()).isEqualTo(new Frame.Acked(Ranges.of(1, 1)));
            assertThat(stream.next())
                    .isInstanceOfSatisfying(
                            Frame.StreamError.class,
                            error ->
                                    assertThat(error.code())
                                            .isEqualTo(ErrorCode.BAD_NUMBER.number()));
            SeedClient.await(stream.ended());
        }
    }

    @Test
    void slowReceiverHoldsUpOnlyItself() {
        for (int i = 0; i < 200; i++) {
            append("slow", "x".repeat(50_000));
            append("quick", "y");
        }
        try (StreamingClient client = StreamingClient.connect(relay);
                StreamingClient other = StreamingClient.connect(relay)) {
            StreamingClientStream slow = subscribe(client, StreamingClient.randomId(), 1, 0);
            slow.neverRead();
            slow.write(new Frame.Credit(200, 64 << 20), new Frame.Add(1, "slow"));
            StreamingClientStream quick = subscribe(other, StreamingClient.randomId(), 1, 0);
            quick.write(new Frame.Credit(200, 64 << 20), new Frame.Add(1, "quick"));
            quick.next();
            for (int i = 1; i <= 200; i++) {
                assertDelivery(quick.next(), i, "y");
            }
            slow.reset();
        }
    }

    private StreamingClientStream subscribe(
            StreamingClient client, Id id, long opening, long known) {
        StreamingClientStream stream =
                client.open()
                        .write(
                                new Frame.Subscribe(
                                        id,
                                        opening,
                                        Mode.SHARED,
                                        30_000,
                                        100,
                                        CREDIT_BYTES,
                                        known,
                                        0));
        assertThat(stream.next()).isEqualTo(new Frame.Subscribed(false, 30_000, 1, 0));
        return stream;
    }

    private void append(String mailbox, String text) {
        relay.append(
                        MessageEnvelope.builder()
                                .recipient(mailbox)
                                .payload(text.getBytes(StandardCharsets.UTF_8))
                                .build(),
                        Duration.ofMinutes(10))
                .join();
    }

    private long removed(Removal removal) {
        return relay.statistics().store().removed().getOrDefault(removal, 0L);
    }

    private static void assertDelivery(Frame frame, long number, String text) {
        Frame.Deliver deliver = (Frame.Deliver) frame;
        assertThat(deliver.delivery()).isEqualTo(number);
        ByteBuf envelope = deliver.envelope().duplicate();
        byte[] payload = EnvelopeCodec.decode(envelope, 0).payload();
        assertThat(new String(payload, StandardCharsets.UTF_8)).isEqualTo(text);
    }
}
