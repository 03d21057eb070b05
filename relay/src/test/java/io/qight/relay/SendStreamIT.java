package io.qight.relay;

import static io.qight.relay.SeedClient.await;
import static io.qight.relay.StreamingClient.send;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.qight.relay.flow.GatedStore;
import io.qight.relay.flow.Waiting;
import io.qight.store.Durability;
import io.qight.store.MemoryStore;
import io.qight.transport.TransportSettings;
import io.qight.wire.ErrorCode;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.FrameCodec;
import io.qight.wire.v1.Id;
import io.qight.wire.v1.Ranges;
import io.qight.wire.v1.ReceiptOutcome;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** SEND streams over real QUIC. */
class SendStreamIT {
    private static final ReceiptOutcome STORED = new ReceiptOutcome.Stored(3);
    private static final ReceiptOutcome DUPLICATE = new ReceiptOutcome.Duplicate(3);

    private final Id outbox = StreamingClient.randomId();
    private final GatedStore store = new GatedStore(new MemoryStore());
    @TempDir Path directory;
    private Relay relay;

    @BeforeEach
    void start() {
        relay = Relay.start(config().build());
    }

    @AfterEach
    void end() {
        store.openGate();
        RelayFixture.assertNothingHeld(relay);
        RelayFixture.assertAddsUp(relay);
        relay.close();
    }

    @Test
    void hundredThousandPipelinedAreReceiptedInRanges() throws InterruptedException {
        int count = 100_000 * Integer.getInteger("qight.effort", 1);
        Semaphore window = new Semaphore(4_000);
        try (StreamingClient client = StreamingClient.connect(relay)) {
            StreamingClientStream stream = client.openOutbox(outbox, 1);
            Thread sender =
                    new Thread(() -> {
                        for (int i = 1; i <= count; i++) {
                            window.acquireUninterruptibly();
                            stream.write(send(i, "box" + i % 10, "payload"));
                        }
                        stream.finish();
                    });
            sender.start();
            long next = 1;
            int frames = 0;
            while (next <= count) {
                Frame.Receipt receipt = (Frame.Receipt) stream.next();
                assertThat(receipt.first()).isEqualTo(next);
                assertThat(receipt.outcome()).isEqualTo(STORED);
                next += receipt.more() + 1;
                window.release((int) receipt.more() + 1);
                frames++;
            }
            assertThat(frames).isLessThan(count / 4);
            await(stream.ended());
            sender.join();
        }
        assertThat(relay.statistics().store().waiting()).isEqualTo(count);
    }

    @Test
    void takeoverEndsTheOlderStreamBehindItsReceipts() {
        try (StreamingClient one = StreamingClient.connect(relay);
                StreamingClient other = StreamingClient.connect(relay)) {
            StreamingClientStream older =
                    one.openOutbox(outbox, 1).write(send(1, "bob", "a"), send(2, "bob", "b"));
            assertReceipt(older, 1, 1, STORED);
            StreamingClientStream newer =
                    other.openOutbox(outbox, 2).write(send(2, "bob", "b"), send(3, "bob", "c"));
            assertReceipt(newer, 2, 0, DUPLICATE);
            assertReceipt(newer, 3, 0, STORED);
            assertFailed(older, ErrorCode.TAKEN_OVER);
            assertFailed(one.openOutbox(outbox, 2), ErrorCode.TAKEN_OVER);
            newer.write(send(4, "bob", "d"));
            assertReceipt(newer, 4, 0, STORED);
        }
        assertThat(relay.statistics().store().waiting()).isEqualTo(4);
    }

    @Test
    void whatWasStoredBeforeARestartIsADuplicateAfterIt() {
        try (StreamingClient client = StreamingClient.connect(relay)) {
            StreamingClientStream stream =
                    client.openOutbox(outbox, 5).write(send(1, "bob", "a"), send(3, "bob", "c"));
            assertThat(((Frame.Receipt) stream.next()).first()).isEqualTo(1);
        }
        RelayFixture.assertNothingHeld(relay);
        restart(config());
        try (StreamingClient client = StreamingClient.connect(relay)) {
            StreamingClientStream stream =
                    client.open()
                            .write(new Frame.Outbox(outbox, 1, 600_000, 3, 10_000_000))
                            .write(send(1, "bob", "a"), send(2, "bob", "b"), send(3, "bob", "c"));
            assertReceipt(stream, 1, 0, DUPLICATE);
            assertReceipt(stream, 2, 0, STORED);
            assertReceipt(stream, 3, 0, DUPLICATE);
            StreamingClientStream unknown =
                    client.open()
                            .write(
                                    new Frame.Outbox(
                                            StreamingClient.randomId(), 1, 600_000, 3, 300_000));
            assertFailed(unknown, ErrorCode.OUTCOME_UNKNOWN);
        }
    }

    @Test
    void fullMailboxRefusesInOrderUntilTheLowestIsSentAgain() {
        restart(config().mailboxEnvelopesMax(2));
        try (StreamingClient client = StreamingClient.connect(relay);
                SeedClient zero = SeedClient.connect(relay)) {
            StreamingClientStream stream =
                    client.openOutbox(outbox, 1)
                            .write(
                                    send(1, "bob", "a"),
                                    send(2, "bob", "b"),
                                    send(3, "bob", "c"),
                                    send(4, "bob", "d"),
                                    send(5, "eve", "e"));
            assertReceipt(stream, 1, 1, STORED);
            assertRefused(stream, 3, ErrorCode.MAILBOX_FULL);
            assertRefused(stream, 4, ErrorCode.AFTER_REFUSED);
            assertReceipt(stream, 5, 0, STORED);
            assertThat(zero.send(SeedClient.envelope("bob", "old")))
                    .startsWith("ERROR: ")
                    .contains("mailbox_full");
            // What version 0 fetches of version 1 is not there yet, so there is room elsewhere.
            stream.write(
                    new Frame.GiveUp(Ranges.of(3, 3)), send(4, "bob", "d"), send(6, "bob", "f"));
            assertRefused(stream, 4, ErrorCode.MAILBOX_FULL);
            assertRefused(stream, 6, ErrorCode.AFTER_REFUSED);
        }
        assertThat(relay.statistics().refusals()).containsEntry(ErrorCode.MAILBOX_FULL, 3L);
    }

    @Test
    void failedCommitLeavesAllThatWaitUnknown() {
        try (StreamingClient client = StreamingClient.connect(relay)) {
            StreamingClientStream stream = client.openOutbox(outbox, 1).write(send(1, "bob", "a"));
            assertReceipt(stream, 1, 0, STORED);
            store.closeGate();
            stream.write(send(2, "bob", "b"));
            Waiting.until("the commit runs", store::someoneWaits);
            store.failCommits();
            store.openGate();
            assertReceipt(stream, 2, 0, new ReceiptOutcome.OutcomeUnknown());
            stream.write(send(3, "bob", "c"));
            assertRefused(stream, 3, ErrorCode.INTERNAL);
            stream.write(send(4, "bob", "c")).finish();
            assertRefused(stream, 4, ErrorCode.INTERNAL);
            await(stream.ended());
        }
    }

    /** The end of a stream on which all was said before is not lost on the way. */
    @Test
    void everyStreamIsEndedThatHasNothingLeftToSay() {
        try (StreamingClient client = StreamingClient.connect(relay)) {
            for (int i = 1; i <= 1_000; i++) {
                StreamingClientStream stream =
                        client.openOutbox(StreamingClient.randomId(), 1).write(send(1, "bob", "a"));
                assertReceipt(stream, 1, 0, STORED);
                stream.write(send(2, "bob", "b")).finish();
                assertReceipt(stream, 2, 0, STORED);
                await(stream.ended());
            }
        }
    }

    @Test
    void largeEnvelopesAreStoredWhole() {
        try (StreamingClient client = StreamingClient.connect(relay)) {
            byte[] payload = new byte[5_000_000];
            new Random(1).nextBytes(payload);
            StreamingClientStream stream = client.openOutbox(outbox, 1);
            ByteBuf envelope = StreamingClient.envelope("bob", payload, 60_000);
            stream.write(
                    send(1, "bob", "small"), new Frame.Send(2, 0, envelope), send(3, "bob", "x"));
            long last = 0;
            while (last < 3) {
                Frame.Receipt receipt = (Frame.Receipt) stream.next();
                assertThat(receipt.outcome()).isEqualTo(STORED);
                last = receipt.first() + receipt.more();
            }
            assertThat(store.read("bob", 1, 1, 1).get(0).bytes()).isEqualTo(envelope.nioBuffer());
        }
    }

    @Test
    void streamThatIgnoresItsWindowIsEnded() {
        try (StreamingClient client = StreamingClient.connect(relay)) {
            store.closeGate();
            StreamingClientStream stream = client.openOutbox(outbox, 1);
            long entryBytes = 256L + StreamingClient.envelope("bob", "x").readableBytes();
            for (int i = 1; i <= 4_097; i++) {
                stream.write(send(i, "bob", "x"));
            }
            Waiting.until(
                    "the window is full",
                    () -> relay.statistics().budgetHeldBytes() >= 4_096 * entryBytes);
            store.openGate();
            long last = 0;
            while (last < 4_096) {
                Frame.Receipt receipt = (Frame.Receipt) stream.next();
                last = receipt.first() + receipt.more();
            }
            assertFailed(stream, ErrorCode.WINDOW_EXCEEDED);
        }
    }

    @Test
    void framesCutAnywhereAreStoredAllTheSame() {
        long seed = Long.getLong("qight.seed", System.nanoTime());
        Random random = new Random(seed);
        try (StreamingClient client = StreamingClient.connect(relay)) {
            StreamingClientStream stream = client.openOutbox(outbox, 1);
            int count = 500;
            for (int i = 1; i <= count; i++) {
                ByteBuf bytes = Unpooled.buffer();
                FrameCodec.encode(send(i, "bob", "x".repeat(random.nextInt(3000))), bytes);
                byte[] all = new byte[bytes.readableBytes()];
                bytes.readBytes(all);
                int cut = random.nextInt(5) == 0 ? random.nextInt(all.length) : all.length;
                stream.write(Arrays.copyOfRange(all, 0, cut));
                stream.queuedBytes();
                stream.write(Arrays.copyOfRange(all, cut, all.length));
            }
            long last = 0;
            while (last < count) {
                Frame.Receipt receipt = (Frame.Receipt) stream.next();
                assertThat(receipt.outcome()).as("seed " + seed).isEqualTo(STORED);
                last = receipt.first() + receipt.more();
            }
        }
    }

    @Test
    void streamsCutOffWithinFramesHurtNobody() {
        // A farewell may get lost too.
        restart(
                config().transport(
                                TransportSettings.defaults()
                                        .withIdleTimeout(Duration.ofSeconds(5))));
        long seed = Long.getLong("qight.seed", System.nanoTime());
        Random random = new Random(seed);
        try (StreamingClient good = StreamingClient.connect(relay)) {
            StreamingClientStream stream = good.openOutbox(outbox, 1);
            for (int i = 1; i <= 30; i++) {
                try (StreamingClient bad = StreamingClient.connect(relay)) {
                    ByteBuf bytes = Unpooled.buffer();
                    FrameCodec.encode(
                            new Frame.Outbox(StreamingClient.randomId(), 1, 0, 0, 0), bytes);
                    FrameCodec.encode(send(1, "bob", "x".repeat(20_000)), bytes);
                    byte[] cut = new byte[random.nextInt(bytes.readableBytes())];
                    bytes.readBytes(cut);
                    StreamingClientStream broken = bad.open().write(cut);
                    if (random.nextBoolean()) {
                        broken.finish();
                    } else if (random.nextBoolean()) {
                        broken.reset();
                    }
                    broken.queuedBytes();
                }
                stream.write(send(i, "bob", "fine"));
                assertReceipt(stream, i, 0, STORED);
            }
        } catch (AssertionError e) {
            throw new AssertionError("seed " + seed, e);
        }
    }

    @Test
    void whoDoesNotReadItsReceiptsHoldsUpNobodyElse() {
        try (StreamingClient slow = StreamingClient.connect(relay);
                StreamingClient quick = StreamingClient.connect(relay)) {
            StreamingClientStream unread = slow.openOutbox(outbox, 1).neverRead();
            for (int i = 1; i <= 4_000; i++) {
                unread.write(send(i, i % 2 == 0 ? "bob" : "key:" + i, "x"));
            }
            StreamingClientStream stream =
                    quick.openOutbox(StreamingClient.randomId(), 1).write(send(1, "bob", "y"));
            assertReceipt(stream, 1, 0, STORED);
            unread.readOn();
            long answered = 0;
            while (answered < 4_000) {
                answered += ((Frame.Receipt) unread.next()).more() + 1;
            }
        }
    }

    private void restart(RelayConfig.Builder config) {
        relay.close();
        relay = Relay.start(config.build());
    }

    private RelayConfig.Builder config() {
        return RelayFixture.config(store, directory).durability(Durability.MEMORY);
    }

    private static void assertReceipt(
            StreamingClientStream stream, long first, long more, ReceiptOutcome outcome) {
        long covered = 0;
        while (covered <= more) {
            Frame.Receipt receipt = (Frame.Receipt) stream.next();
            assertThat(receipt.first()).isEqualTo(first + covered);
            assertThat(receipt.outcome()).isEqualTo(outcome);
            covered += receipt.more() + 1;
        }
    }

    private static void assertRefused(StreamingClientStream stream, long number, ErrorCode code) {
        assertThat(stream.next())
                .isInstanceOfSatisfying(
                        Frame.Receipt.class,
                        receipt -> {
                            assertThat(receipt.first()).isEqualTo(number);
                            assertThat(receipt.outcome())
                                    .isInstanceOfSatisfying(
                                            ReceiptOutcome.Refused.class,
                                            refused ->
                                                    assertThat(refused.code())
                                                            .isEqualTo(code.number()));
                        });
    }

    private static void assertFailed(StreamingClientStream stream, ErrorCode code) {
        assertThat(stream.next())
                .isInstanceOfSatisfying(
                        Frame.StreamError.class,
                        error -> assertThat(error.code()).isEqualTo(code.number()));
        await(stream.ended());
    }
}
