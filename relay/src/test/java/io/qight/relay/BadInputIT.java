package io.qight.relay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.qight.relay.SeedClientStream.WasReset;
import io.qight.relay.flow.Waiting;
import io.qight.store.MemoryStore;
import io.qight.transport.TransportException;
import io.qight.transport.TransportSettings;
import io.qight.wire.ErrorCode;
import io.qight.wire.MessageEnvelope;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whatever a client does wrong: a clear answer, and the relay goes on for everyone else. */
@Timeout(120)
class BadInputIT {
    @TempDir private Path directory;
    private final MemoryStore store = new MemoryStore();
    private Relay relay;
    private SeedClient client;

    @BeforeEach
    void start() {
        relay =
                Relay.start(
                        RelayFixture.config(store, directory)
                                .requestTimeout(Duration.ofSeconds(1))
                                .transport(
                                        // A client's farewell is lost if it leaves while its
                                        // bytes are on the way; then silence ends the connection.
                                        TransportSettings.defaults()
                                                .withIdleTimeout(Duration.ofSeconds(5)))
                                .build());
        client = SeedClient.connect(relay);
    }

    @AfterEach
    void ordinaryClientStillWorks() {
        client.close();
        try (SeedClient ordinary = SeedClient.connect(relay)) {
            MessageEnvelope envelope = SeedClient.envelope("ordinary", "hello");
            assertThat(ordinary.hello("ordinary")).isEqualTo("WELCOME test-relay\n");
            assertThat(ordinary.send(envelope)).isEqualTo("OK\n");
            assertThat(ordinary.fetch("ordinary")).containsExactly(envelope);
        }
        RelayFixture.assertAddsUp(relay);
        RelayFixture.assertNothingHeld(relay);
        relay.close();
    }

    @Test
    void unknownVerb() {
        assertRefused(ErrorCode.UNKNOWN_VERB, "GET / HTTP/1.1\r\n");
    }

    @Test
    void emptyLine() {
        assertRefused(ErrorCode.MALFORMED_REQUEST, "\n");
    }

    @Test
    void emptyStream() {
        assertRefused(ErrorCode.MALFORMED_REQUEST, "");
    }

    @Test
    void lineLongerThanItsLimit() {
        assertRefused(ErrorCode.MALFORMED_REQUEST, "HELLO " + "a".repeat(5000) + "\n");
        assertRefused(ErrorCode.MALFORMED_REQUEST, "FETCH " + "a".repeat(5_000_000) + "\n");
        assertRefused(ErrorCode.MALFORMED_REQUEST, "HELLO\n" + "a".repeat(5000));
    }

    @Test
    void lengthZero() {
        assertRefused(ErrorCode.ENVELOPE_SIZE, SeedClient.sendBytes(0, new byte[0]));
    }

    @Test
    void lengthAboveTheLimit() {
        assertRefused(ErrorCode.ENVELOPE_SIZE, SeedClient.sendBytes(10_000_001, new byte[10]));
        assertRefused(ErrorCode.ENVELOPE_SIZE, SeedClient.sendBytes(-1, new byte[10]));
    }

    @Test
    void allOfAnEnvelopeAboveTheLimitIsSentBeforeTheAnswerIsRead() {
        assertRefused(
                ErrorCode.ENVELOPE_SIZE, SeedClient.sendBytes(10_000_001, new byte[10_000_001]));
    }

    @Test
    void lengthLargerThanWhatFollows() {
        byte[] envelope = SeedClient.encode(SeedClient.envelope("bob", "hello"));
        assertRefused(
                ErrorCode.MALFORMED_REQUEST, SeedClient.sendBytes(envelope.length + 1, envelope));
    }

    @Test
    void truncatedEnvelope() {
        byte[] envelope = SeedClient.encode(SeedClient.envelope("bob", "hello"));
        for (int length = 1; length < envelope.length; length++) {
            byte[] part = Arrays.copyOf(envelope, length);
            assertRefused(ErrorCode.MALFORMED_ENVELOPE, SeedClient.sendBytes(length, part));
        }
    }

    @Test
    void stringLengthBeyondTheEnvelope() {
        byte[] envelope = SeedClient.encode(SeedClient.envelope("bob", "hello"));
        for (long length : new long[] {envelope.length, Integer.MAX_VALUE, Long.MAX_VALUE, -1}) {
            ByteBuffer.wrap(envelope).order(ByteOrder.LITTLE_ENDIAN).putLong(0, length);
            assertRefused(
                    ErrorCode.MALFORMED_ENVELOPE, SeedClient.sendBytes(envelope.length, envelope));
        }
    }

    @Test
    void invalidUtf8() {
        byte[] envelope = SeedClient.encode(SeedClient.envelope("bob", "hello"));
        envelope[Long.BYTES] = (byte) 0xFF;
        assertRefused(
                ErrorCode.MALFORMED_ENVELOPE, SeedClient.sendBytes(envelope.length, envelope));
        byte[] line = SeedClient.fetchBytes("b?b");
        line[7] = (byte) 0xC0;
        assertRefused(ErrorCode.MALFORMED_REQUEST, line);
    }

    @Test
    void trailingBytesWithinTheEnvelope() {
        byte[] envelope = SeedClient.encode(SeedClient.envelope("bob", "hello"));
        byte[] longer = Arrays.copyOf(envelope, envelope.length + 3);
        assertRefused(ErrorCode.MALFORMED_ENVELOPE, SeedClient.sendBytes(longer.length, longer));
    }

    @Test
    void trailingBytesAfterTheRequestAreIgnored() {
        byte[] request = SeedClient.sendBytes(SeedClient.envelope("bob", "hello"));
        byte[] longer = Arrays.copyOf(request, request.length + 3_000_000);
        assertThat(client.askText(longer)).isEqualTo("OK\n");
    }

    @Test
    void namesThatAreNone() {
        assertRefused(ErrorCode.INVALID_MAILBOX, "FETCH \n");
        assertRefused(ErrorCode.INVALID_MAILBOX, "FETCH " + "a".repeat(256) + "\n");
        assertRefused(ErrorCode.INVALID_MAILBOX, "FETCH a\tb\n");
        assertRefused(ErrorCode.MALFORMED_REQUEST, "HELLO \n");
        for (String name : List.of("", "é".repeat(128), "a\nb", "a\u0000b", "\u007f")) {
            assertRefused(
                    ErrorCode.INVALID_MAILBOX,
                    SeedClient.sendBytes(SeedClient.envelope(name, "hello")));
        }
    }

    @Test
    void keyAddressedMailboxes() {
        assertRefused(ErrorCode.NOT_SUPPORTED, "FETCH key:abc\n");
        assertRefused(
                ErrorCode.NOT_SUPPORTED,
                SeedClient.sendBytes(SeedClient.envelope("key:abc", "hello")));
    }

    @Test
    void timeToLiveOfZero() {
        MessageEnvelope envelope = MessageEnvelope.builder().recipient("bob").ttlSeconds(0).build();
        assertRefused(ErrorCode.INVALID_TTL, SeedClient.sendBytes(envelope));
    }

    @Test
    void streamThatNeverFinishesItsRequest() {
        List<SeedClientStream> streams =
                List.of(
                        client.open().write("HEL".getBytes(UTF_8)),
                        client.open().write("HELLO ali".getBytes(UTF_8)),
                        client.open().write("HELLO\nalice".getBytes(UTF_8)),
                        client.open().write("SEND\0\0".getBytes(UTF_8)),
                        client.open().write(SeedClient.sendBytes(1000, new byte[999])));
        for (SeedClientStream stream : streams) {
            assertThat(new String(SeedClient.await(stream.answer()), UTF_8))
                    .startsWith("ERROR: request_timeout: ");
        }
        assertThat(relay.statistics().refusals()).containsEntry(ErrorCode.REQUEST_TIMEOUT, 5L);
    }

    @Test
    void tenThousandStreamsAsFastAsPossible() {
        List<CompletableFuture<byte[]>> answers = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            answers.add(client.open().finish("HELLO alice\n".getBytes(UTF_8)).answer());
        }
        int welcomed = 0;
        for (CompletableFuture<byte[]> answer : answers) {
            String line = new String(SeedClient.await(answer), UTF_8);
            if (line.equals("WELCOME test-relay\n")) {
                welcomed++;
            } else {
                assertThat(line).startsWith("ERROR: too_many_streams: ");
            }
        }
        assertThat(welcomed).isGreaterThan(100);
    }

    @Test
    void tenThousandStreamsThatAskNothing() {
        List<SeedClientStream> streams = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            streams.add(client.open().write("H".getBytes(UTF_8)));
        }
        // Which the relay sees first is not certain: streams have no order among each other.
        for (String error : List.of("request_timeout", "too_many_streams")) {
            Waiting.until(
                    error,
                    () -> streams.stream().anyMatch(stream -> isAnsweredWith(error, stream)));
        }
    }

    private static boolean isAnsweredWith(String error, SeedClientStream stream) {
        return stream.answer().isDone()
                && new String(stream.answer().join(), UTF_8).startsWith("ERROR: " + error + ": ");
    }

    @Test
    void largestEnvelopesOnTwoThousandStreamsAtOnce() {
        byte[] envelope =
                SeedClient.encode(
                        MessageEnvelope.builder()
                                .recipient("bob")
                                .ttlSeconds(1)
                                .payload(new byte[9_999_900])
                                .build());
        byte[] request = SeedClient.sendBytes(envelope.length, envelope);
        List<SeedClient> greedy = new ArrayList<>();
        List<SeedClientStream> streams = new ArrayList<>();
        for (int c = 0; c < 20; c++) {
            SeedClient one = SeedClient.connect(relay);
            greedy.add(one);
            for (int s = 0; s < 100; s++) {
                streams.add(one.open().finish(request));
            }
            assertThat(client.hello("alice")).isEqualTo("WELCOME test-relay\n");
        }
        Waiting.until("the budget is full", () -> relay.statistics().budgetWaiting() > 10);
        assertThat(client.send(SeedClient.envelope("alice", "small"))).isEqualTo("OK\n");
        assertThat(client.fetch("alice")).hasSize(1);
        Waiting.until(
                "some of the large ones are stored",
                () -> streams.stream().filter(stream -> stream.answer().isDone()).count() >= 5);
        streams.forEach(SeedClientStream::reset);
        // Else what is still on the way may have the farewells lost.
        Waiting.until("the resets are there", () -> relay.statistics().budgetHeldBytes() == 0);
        greedy.forEach(SeedClient::close);
        RelayStatistics statistics = relay.statistics();
        assertThat(statistics.budgetHighestBytes())
                .isBetween(10_000_000L, statistics.budgetCapacityBytes());
    }

    @Test
    void envelopesThatArePromisedAndDoNotComeHoldUpNoSmallRequest() {
        List<SeedClient> greedy = new ArrayList<>();
        for (int c = 0; c < 20; c++) {
            SeedClient one = SeedClient.connect(relay);
            greedy.add(one);
            for (int s = 0; s < 20; s++) {
                one.open().write(SeedClient.sendBytes(10_000_000, new byte[100]));
            }
        }
        Waiting.until("the budget is full", () -> relay.statistics().budgetWaiting() > 300);
        assertThat(client.send(SeedClient.envelope("alice", "small"))).isEqualTo("OK\n");
        assertThat(client.fetch("alice")).hasSize(1);
        greedy.forEach(SeedClient::close);
    }

    @Test
    void clientThatNeverReadsItsAnswer() {
        for (int i = 0; i < 40; i++) {
            client.send(
                    MessageEnvelope.builder().recipient("bob").payload(new byte[100_000]).build());
        }
        try (SeedClient slow = SeedClient.connectWithSmallWindows(relay)) {
            SeedClientStream stream = slow.openUnread().finish(SeedClient.fetchBytes("bob"));
            Waiting.until(
                    "it is told to be slow",
                    () -> relay.statistics().refusals().containsKey(ErrorCode.SLOW_READER));
            stream.readOn();
            assertThatThrownBy(() -> SeedClient.await(stream.answer()))
                    .isInstanceOfSatisfying(
                            WasReset.class,
                            reset ->
                                    assertThat(reset.code)
                                            .isEqualTo(ErrorCode.SLOW_READER.number()));
        }
        assertThat(store.statistics().waiting()).isEqualTo(40);
        assertThat(client.fetch("bob")).hasSize(40);
    }

    @Test
    void streamsThatAreResetAtAnyMoment() {
        long seed = Long.getLong("qight.seed", System.nanoTime());
        Random random = new Random(seed);
        byte[] send = SeedClient.sendBytes(SeedClient.envelope("bob", "x".repeat(3000)));
        for (int i = 0; i < 500; i++) {
            SeedClientStream stream = client.open();
            int length = random.nextInt(send.length + 1);
            stream.write(Arrays.copyOf(send, length));
            if (random.nextBoolean()) {
                client.open().finish(SeedClient.fetchBytes("bob")).reset();
            }
            stream.reset();
        }
        // An answer that was written before its reset came is settled by the next request.
        assertThat(client.hello("bob")).startsWith("WELCOME");
        try (SeedClient other = SeedClient.connect(relay)) {
            Waiting.until(
                    "nothing is leased any more (seed " + seed + ")",
                    () -> relay.statistics("bob").map(MailboxReport::leased).orElse(0L) == 0);
            assertThat(other.hello("bob")).startsWith("WELCOME");
        }
    }

    @Test
    void wrongAlpn() {
        assertThatThrownBy(() -> SeedClient.connect(relay.address(), relay.fingerprint(), "h3"))
                .isInstanceOf(TransportException.NoCommonProtocol.class);
    }

    @Test
    void udpNoise() throws Exception {
        long seed = Long.getLong("qight.seed", System.nanoTime());
        Random random = new Random(seed);
        try (DatagramSocket socket = new DatagramSocket()) {
            for (int i = 0; i < 5_000; i++) {
                byte[] noise = new byte[1 + random.nextInt(1500)];
                random.nextBytes(noise);
                socket.send(new DatagramPacket(noise, noise.length, relay.address()));
            }
        }
        assertThat(client.hello("alice")).as("seed %d", seed).startsWith("WELCOME");
    }

    private void assertRefused(ErrorCode code, String request) {
        assertRefused(code, request.getBytes(UTF_8));
    }

    private void assertRefused(ErrorCode code, byte[] request) {
        assertThat(client.askText(request))
                .startsWith("ERROR: " + code.token() + ": ")
                .endsWith("\n")
                .hasLineCount(1);
    }
}
