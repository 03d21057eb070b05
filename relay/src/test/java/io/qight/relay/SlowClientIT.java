package io.qight.relay;

import static io.qight.relay.SeedClient.await;
import static io.qight.relay.StreamingClient.send;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.quic.QuicStreamResetException;
import io.qight.relay.flow.Waiting;
import io.qight.store.Durability;
import io.qight.store.MemoryStore;
import io.qight.transport.ConnectionEnd;
import io.qight.transport.TransportSettings;
import io.qight.wire.ErrorCode;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.FrameCodec;
import io.qight.wire.v1.Id;
import io.qight.wire.v1.Mode;
import io.qight.wire.v1.ReceiptOutcome;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Version 1's limits on a client that does not go on writing, or reading, over real QUIC. */
class SlowClientIT {
    private static final Duration TIMEOUT = Duration.ofMillis(500);
    private static final ReceiptOutcome STORED = new ReceiptOutcome.Stored(3);
    private static final TransportSettings SMALL_WINDOWS =
            TransportSettings.defaults().withWindows(4 << 10, 1 << 20);

    private final Id outbox = StreamingClient.randomId();
    @TempDir Path directory;
    private Relay relay;
    private StreamingClient good;
    private StreamingClientStream goodStream;

    @BeforeEach
    void start() {
        relay =
                Relay.start(
                        RelayFixture.config(new MemoryStore(), directory)
                                .durability(Durability.MEMORY)
                                .requestTimeout(TIMEOUT)
                                .build());
        good = StreamingClient.connect(relay);
        goodStream = good.openOutbox(StreamingClient.randomId(), 1);
    }

    @AfterEach
    void relayGoesOn() {
        goodStream.write(send(1, "good", "still here"));
        assertThat(goodStream.next()).isEqualTo(new Frame.Receipt(1, 0, STORED));
        good.close();
        RelayFixture.assertNothingHeld(relay);
        RelayFixture.assertAddsUp(relay);
        relay.close();
    }

    @Test
    void sendThatStaysIncompleteIsRefusedBehindTheReceipts() {
        try (StreamingClient client = StreamingClient.connect(relay)) {
            StreamingClientStream stream =
                    client.openOutbox(outbox, 1)
                            .write(send(1, "bob", "whole"))
                            .write(cut(send(2, "bob", "cut"), 1));
            assertThat(stream.next()).isEqualTo(new Frame.Receipt(1, 0, STORED));
            assertRefused(stream);
            StreamingClientStream again =
                    client.openOutbox(outbox, 2)
                            .write(send(1, "bob", "whole"), send(2, "bob", "cut"));
            assertThat(again.next())
                    .isEqualTo(new Frame.Receipt(1, 0, new ReceiptOutcome.Duplicate(3)));
            assertThat(again.next()).isEqualTo(new Frame.Receipt(2, 0, STORED));
        }
    }

    @Test
    void firstFrameOfAStreamIsRefused() {
        try (StreamingClient client = StreamingClient.connect(relay)) {
            Frame first = new Frame.Outbox(outbox, 1, 600_000, 0, 0);
            assertRefused(client.open().write(cut(first, 1)));
            assertRefused(client.open().write(cut(first, 20)));
            assertThat(client.openOutbox(outbox, 1).write(send(1, "bob", "x")).next())
                    .isEqualTo(new Frame.Receipt(1, 0, STORED));
        }
    }

    @Test
    void frameOfAFetchStreamIsRefused() {
        try (StreamingClient client = StreamingClient.connect(relay)) {
            StreamingClientStream stream = client.open().write(subscribe(10, 10_000));
            assertThat(stream.next()).isInstanceOf(Frame.Subscribed.class);
            assertRefused(stream.write(cut(new Frame.Add(1, "bob"), 2)));
        }
    }

    @Test
    void frameOfTheControlStreamEndsTheConnection() {
        try (StreamingClient client = StreamingClient.connect(relay)) {
            client.control().write(cut(new Frame.Ping(1 << 20), 1));
            assertThat(((ConnectionEnd.Orderly) await(client.ended())).code())
                    .isEqualTo(ErrorCode.REQUEST_TIMEOUT.number());
        }
    }

    @Test
    void frameHasTheTimeThatItsBytesTake() {
        try (StreamingClient client = StreamingClient.connect(relay)) {
            Frame large = new Frame.Send(1, 0, StreamingClient.envelope("bob", "x".repeat(80_000)));
            long begin = System.nanoTime();
            assertRefused(client.openOutbox(outbox, 1).write(cut(large, 9)));
            // 80,000 bytes at 64 KiB a second, and the grace.
            assertThat(Duration.ofNanos(System.nanoTime() - begin))
                    .isGreaterThan(TIMEOUT.plusMillis(1_220));
        }
    }

    @Test
    void streamWhoseReceiptsAreNotTakenIsReset() {
        try (StreamingClient slow = connectWithSmallWindows()) {
            StreamingClientStream unread = slow.openOutbox(outbox, 1).neverRead();
            for (int i = 1; i <= 2_000; i++) {
                // Every second one is refused, so each has a receipt of its own.
                unread.write(send(i, i % 2 == 0 ? "bob" : "key:" + i, "x"));
            }
            assertReset(unread);
            // The others of the connection go on.
            assertThat(
                            slow.openOutbox(StreamingClient.randomId(), 1)
                                    .write(send(1, "bob", "y"))
                                    .next())
                    .isEqualTo(new Frame.Receipt(1, 0, STORED));
        }
        assertThat(relay.statistics().refusals()).containsEntry(ErrorCode.SLOW_READER, 1L);
    }

    @Test
    void whatAResetFetchStreamHeldComesToTheSubscriptionAgain() {
        String text = "x".repeat(1_000);
        try (StreamingClient sender = StreamingClient.connect(relay);
                StreamingClient slow = connectWithSmallWindows()) {
            StreamingClientStream sends = sender.openOutbox(outbox, 1);
            for (int i = 1; i <= 40; i++) {
                sends.write(send(i, "bob", text));
            }
            Waiting.until("all are stored", () -> relay.statistics().store().waiting() == 40);
            StreamingClientStream unread =
                    slow.open()
                            .write(subscribe(100, 1_000_000), new Frame.Add(1, "bob"))
                            .neverRead();
            assertReset(unread);
            StreamingClientStream again =
                    slow.open().write(subscribe(2, 100, 1_000_000), new Frame.Add(1, "bob"));
            int delivered = 0;
            while (delivered < 40) {
                if (again.next() instanceof Frame.Deliver deliver) {
                    assertThat(deliver.failures()).isZero();
                    delivered++;
                }
            }
        }
    }

    @Test
    void controlStreamThatIsNotReadEndsTheConnection() {
        try (StreamingClient slow = connectWithSmallWindows()) {
            slow.control().neverRead();
            for (int i = 0; i < 20_000; i++) {
                slow.control().write(new Frame.Ping(1L << 60));
            }
            assertThat(((ConnectionEnd.Orderly) await(slow.ended())).code())
                    .isEqualTo(ErrorCode.SLOW_READER.number());
        }
    }

    private StreamingClient connectWithSmallWindows() {
        StreamingClient client = StreamingClient.connectSilently(relay, SMALL_WINDOWS);
        assertThat(client.hello()).isInstanceOf(Frame.Welcome.class);
        return client;
    }

    private Frame subscribe(long creditEnvelopes, long creditBytes) {
        return subscribe(1, creditEnvelopes, creditBytes);
    }

    private Frame subscribe(long opening, long creditEnvelopes, long creditBytes) {
        return new Frame.Subscribe(
                outbox, opening, Mode.SHARED, 60_000, creditEnvelopes, creditBytes, 0, 0);
    }

    private static byte[] cut(Frame frame, int bytes) {
        ByteBuf encoded = Unpooled.buffer();
        FrameCodec.encode(frame, encoded);
        byte[] cut = new byte[bytes];
        encoded.readBytes(cut);
        return cut;
    }

    private static void assertRefused(StreamingClientStream stream) {
        assertThat(stream.next())
                .isInstanceOfSatisfying(
                        Frame.StreamError.class,
                        error ->
                                assertThat(error.code())
                                        .isEqualTo(ErrorCode.REQUEST_TIMEOUT.number()));
        await(stream.ended());
    }

    private void assertReset(StreamingClientStream stream) {
        // Who neither writes nor reads does not hear of it.
        Waiting.until(
                "the stream is ended",
                () -> relay.statistics().refusals().containsKey(ErrorCode.SLOW_READER));
        stream.readOn();
        Throwable failure = await(stream.ended().handle((nothing, thrown) -> thrown));
        assertThat(failure)
                .isInstanceOfSatisfying(
                        QuicStreamResetException.class,
                        reset ->
                                assertThat(reset.applicationProtocolCode())
                                        .isEqualTo(ErrorCode.SLOW_READER.number()));
    }
}
