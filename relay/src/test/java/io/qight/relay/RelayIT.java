package io.qight.relay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.qight.relay.flow.GatedStore;
import io.qight.relay.flow.Waiting;
import io.qight.store.MemoryStore;
import io.qight.store.Operation;
import io.qight.store.Removal;
import io.qight.wire.ErrorCode;
import io.qight.wire.Limits;
import io.qight.wire.MessageEnvelope;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class RelayIT {
    @TempDir private Path directory;
    private final MemoryStore store = new MemoryStore();
    private final MeterRegistry registry = new SimpleMeterRegistry();
    private Relay relay;

    @BeforeEach
    void start() {
        relay = Relay.start(RelayFixture.config(store, directory).meterRegistry(registry).build());
    }

    @AfterEach
    void end() {
        RelayFixture.assertAddsUp(relay);
        RelayFixture.assertNothingHeld(relay);
        relay.close();
    }

    @Test
    void helloIsWelcomed() {
        try (SeedClient client = SeedClient.connect(relay)) {
            assertThat(client.hello("alice")).isEqualTo("WELCOME test-relay\n");
            assertThat(client.askText("HELLO\nalice".getBytes(UTF_8)))
                    .isEqualTo("WELCOME test-relay\n");
        }
    }

    @Test
    void whatIsSentIsFetchedInOrder() {
        List<MessageEnvelope> sent = new ArrayList<>();
        try (SeedClient client = SeedClient.connect(relay)) {
            for (int i = 0; i < 20; i++) {
                sent.add(SeedClient.envelope("bob", "message " + i));
                assertThat(client.send(sent.get(i))).isEqualTo("OK\n");
            }
            assertThat(client.fetch("bob")).isEqualTo(sent);
            assertThat(client.fetch("bob")).isEmpty();
        }
        Waiting.until("all is removed", () -> store.statistics().waiting() == 0);
        assertThat(store.statistics().removed()).containsEntry(Removal.ACKED, 20L);
    }

    @Test
    void envelopesOfAllSizesGoThrough() {
        int[] sizes = {0, 1, 1000, 65_000, 66_000, 262_144, 1_000_000, 9_999_900};
        try (SeedClient client = SeedClient.connect(relay)) {
            List<MessageEnvelope> sent = new ArrayList<>();
            for (int size : sizes) {
                MessageEnvelope envelope =
                        MessageEnvelope.builder().recipient("bob").payload(new byte[size]).build();
                assertThat(client.send(envelope)).isEqualTo("OK\n");
                sent.add(envelope);
            }
            assertThat(client.fetch("bob")).isEqualTo(sent);
        }
    }

    @Test
    void manyRequestsAtOnceAreAllAnswered() {
        try (SeedClient client = SeedClient.connect(relay)) {
            List<CompletableFuture<String>> answers = new ArrayList<>();
            for (int i = 0; i < 5000; i++) {
                answers.add(client.sendAsync(SeedClient.envelope("bob" + i % 7, "m" + i)));
            }
            long stored = answers.stream().map(SeedClient::await).filter("OK\n"::equals).count();
            long refused = relay.statistics().refusals().getOrDefault(code("too_many_streams"), 0L);
            assertThat(stored + refused).isEqualTo(5000);
            assertThat(store.statistics().appended()).isEqualTo(stored);
        }
    }

    @Test
    void orderlyCloseRemovesWhatWasFetched() {
        try (SeedClient client = SeedClient.connect(relay)) {
            client.send(SeedClient.envelope("bob", "hello"));
            assertThat(client.fetch("bob")).hasSize(1);
            assertThat(relay.statistics("bob").orElseThrow().leased()).isEqualTo(1);
        }
        Waiting.until("it is removed", () -> store.statistics().waiting() == 0);
        assertThat(store.statistics().removed()).containsEntry(Removal.ACKED, 1L);
    }

    @Test
    void clientThatClosesInTroubleGetsItAgain() {
        SeedClient first = SeedClient.connect(relay);
        first.send(SeedClient.envelope("bob", "hello"));
        assertThat(first.fetch("bob")).hasSize(1);
        first.closeWith(3);
        try (SeedClient second = SeedClient.connect(relay)) {
            Waiting.until(
                    "the lease has ended",
                    () -> relay.statistics("bob").orElseThrow().leased() == 0);
            assertThat(second.fetch("bob")).hasSize(1);
        }
    }

    @Test
    void whatIsLeasedIsNotGivenToAnother() {
        try (SeedClient first = SeedClient.connect(relay);
                SeedClient second = SeedClient.connect(relay)) {
            first.send(SeedClient.envelope("bob", "hello"));
            assertThat(first.fetch("bob")).hasSize(1);
            assertThat(second.fetch("bob")).isEmpty();
            assertThat(first.hello("bob")).startsWith("WELCOME");
            Waiting.until("it is removed", () -> store.statistics().waiting() == 0);
        }
    }

    @Test
    void resetFetchGivesBack() {
        try (SeedClient client = SeedClient.connectWithSmallWindows(relay)) {
            for (int i = 0; i < 50; i++) {
                client.send(envelope("bob", 100_000));
            }
            SeedClientStream stream = client.openUnread();
            stream.finish(SeedClient.fetchBytes("bob"));
            Waiting.until(
                    "something is leased",
                    () -> relay.statistics("bob").orElseThrow().leased() > 0);
            stream.reset();
            Waiting.until(
                    "the lease has ended",
                    () -> relay.statistics("bob").orElseThrow().leased() == 0);
            assertThat(client.fetch("bob")).hasSize(50);
        }
    }

    @Test
    void refusedAnswersDoNotLockTheirConnection() {
        GatedStore gated = new GatedStore(new MemoryStore());
        RelayConfig config =
                RelayFixture.config(gated, directory)
                        // It shall not be the time limit that ends them.
                        .requestTimeout(Duration.ofMinutes(10))
                        .build();
        try (Relay other = Relay.start(config);
                SeedClient client = SeedClient.connect(other)) {
            gated.closeGate();
            byte[] send = SeedClient.sendBytes(SeedClient.envelope("bob", "x"));
            List<SeedClientStream> streams = new ArrayList<>();
            for (int i = 0; i < Limits.REQUESTS_MAX; i++) {
                streams.add(client.open().finish(send));
            }
            // Each counts as long as the store works for it.
            Waiting.until("all are open", () -> client.hello("bob").contains("too_many_streams"));
            streams.forEach(SeedClientStream::refuseAnswer);
            // Once this is answered, the refusals have come too.
            assertThat(client.hello("bob")).contains("too_many_streams");
            gated.openGate();
            Waiting.until("all are over", () -> client.hello("bob").startsWith("WELCOME"));
            assertThat(client.fetch("bob")).hasSize(Limits.REQUESTS_MAX);
        }
    }

    @Test
    void answerThatJustFillsItsBufferComesWhole() {
        int fields = SeedClient.encode(SeedClient.envelope("bob", "")).length;
        try (SeedClient client = SeedClient.connect(relay)) {
            for (int capacity = 256; capacity <= 128 << 10; capacity *= 2) {
                for (int around = -1; around <= 1; around++) {
                    int payload = capacity - Integer.BYTES - fields + around;
                    client.send(SeedClient.envelope("bob", "x".repeat(payload)));
                    assertThat(client.fetch("bob")).as(capacity + " and " + around).hasSize(1);
                }
            }
        }
    }

    @Test
    void deepMailboxStreamsWithinTheBudget() {
        int count = 200_000;
        List<Operation> operations = new ArrayList<>();
        long now = System.currentTimeMillis();
        byte[] bytes = SeedClient.encode(SeedClient.envelope("bob", "x".repeat(100)));
        for (int i = 0; i < count; i++) {
            operations.add(
                    new Operation.Append(
                            "bob", (byte) 0, now, now + 600_000, ByteBuffer.wrap(bytes), null));
        }
        // The writer has nothing to do yet, so it does not mind.
        store.commit(operations);
        try (SeedClient client = SeedClient.connect(relay)) {
            assertThat(client.fetch("bob")).hasSize(count);
            assertThat(relay.statistics().budgetHighestBytes()).isLessThan(2 << 20);
        }
        Waiting.until("all is removed", () -> store.statistics().waiting() == 0);
    }

    @Test
    void envelopesOfOtherFormatsAreLeftInPlace() {
        long now = System.currentTimeMillis();
        store.commit(
                List.of(
                        new Operation.Append(
                                "bob",
                                (byte) 1,
                                now,
                                now + 600_000,
                                ByteBuffer.wrap(new byte[10]),
                                null)));
        try (SeedClient client = SeedClient.connect(relay)) {
            assertThat(client.fetch("bob")).isEmpty();
            assertThat(client.fetch("bob")).isEmpty();
        }
        assertThat(store.statistics().waiting()).isEqualTo(1);
    }

    @Test
    void tenThousandShortLivedEnvelopesGoWithNobodyFetching() {
        // Where the machine pauses for 200 ms, some are past their deadline before they are stored.
        while (store.statistics().appended() < 10_000) {
            List<CompletableFuture<Void>> appends = new ArrayList<>();
            for (long i = store.statistics().appended(); i < 10_000; i++) {
                MessageEnvelope envelope = SeedClient.envelope("bob" + i % 10, "x");
                appends.add(relay.append(envelope, Duration.ofMillis(200)));
            }
            appends.forEach(append -> append.exceptionally(late -> null).join());
        }
        Waiting.until("all have expired", () -> store.statistics().waiting() == 0);
        assertThat(store.statistics().removed()).containsEntry(Removal.EXPIRED, 10_000L);
    }

    @Test
    void appendedEnvelopeIsFetchedWithTheTimeItHas() {
        SeedClient.await(relay.append(SeedClient.envelope("bob", "x"), Duration.ofMillis(90_500)));
        try (SeedClient client = SeedClient.connect(relay)) {
            assertThat(client.fetch("bob"))
                    .singleElement()
                    .satisfies(found -> assertThat(found.ttlSeconds()).isEqualTo(91));
        }
        assertThatThrownBy(() ->
                        SeedClient.await(
                                relay.append(SeedClient.envelope("bob", "x"), Duration.ZERO)))
                .hasMessageContaining("time to live");
    }

    @Test
    void metersAddUp() {
        try (SeedClient client = SeedClient.connect(relay)) {
            for (int i = 0; i < 10; i++) {
                client.send(SeedClient.envelope("bob", "hello"));
            }
            client.fetch("bob");
            client.ask("NONSENSE\n".getBytes(UTF_8));
            assertThat(registry.get("qight.connections").gauge().value()).isEqualTo(1);
        }
        Waiting.until("all is removed", () -> store.statistics().waiting() == 0);
        double removed =
                registry.get("qight.envelopes.removed").functionCounters().stream()
                        .mapToDouble(counter -> counter.count())
                        .sum();
        assertThat(registry.get("qight.envelopes.appended").functionCounter().count())
                .isEqualTo(10);
        assertThat(removed).isEqualTo(10);
        assertThat(registry.get("qight.requests").tag("verb", "send").counter().count())
                .isEqualTo(10);
        assertThat(
                        registry.get("qight.refusals")
                                .tag("code", "unknown_verb")
                                .functionCounter()
                                .count())
                .isEqualTo(1);
        assertThat(registry.get("qight.commit.time").timer().count()).isPositive();
    }

    @Test
    void statisticsTellTheMailbox() {
        try (SeedClient client = SeedClient.connect(relay)) {
            client.send(SeedClient.envelope("bob", "hello"));
            MailboxReport report = relay.statistics("bob").orElseThrow();
            assertThat(report.waiting()).isEqualTo(1);
            assertThat(report.leased()).isZero();
            assertThat(report.oldestAgeMillis()).isBetween(0L, 20_000L);
            assertThat(relay.statistics("nobody")).isEmpty();
            assertThat(relay.statistics().appendedPerSecond()).isPositive();
        }
    }

    private static ErrorCode code(String token) {
        return ErrorCode.ofToken(token).orElseThrow();
    }

    private static MessageEnvelope envelope(String recipient, int size) {
        return MessageEnvelope.builder().recipient(recipient).payload(new byte[size]).build();
    }
}
