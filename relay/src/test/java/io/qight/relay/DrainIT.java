package io.qight.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.qight.relay.flow.GatedStore;
import io.qight.relay.flow.Waiting;
import io.qight.store.MemoryStore;
import io.qight.store.StoredEnvelope;
import io.qight.transport.ConnectionEnd;
import io.qight.wire.ErrorCode;
import io.qight.wire.MessageEnvelope;
import io.qight.wire.v0.EnvelopeCodec;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How a relay ends. */
@Timeout(120)
class DrainIT {
    @TempDir private Path directory;
    private final GatedStore store = new GatedStore(new MemoryStore());

    @Test
    void everyOkThatWasWrittenIsStored() {
        Relay relay = start(Duration.ofSeconds(5));
        List<SeedClient> clients = new ArrayList<>();
        Map<String, CompletableFuture<String>> answers = new HashMap<>();
        for (int c = 0; c < 4; c++) {
            SeedClient client = SeedClient.connect(relay);
            clients.add(client);
            for (int i = 0; i < 2000; i++) {
                MessageEnvelope envelope = SeedClient.envelope("bob", "m" + i);
                answers.put(envelope.id(), client.sendAsync(envelope));
            }
        }
        Waiting.until("some are stored", () -> store.statistics().appended() > 200);
        relay.close();
        assertThat(store.closed()).isTrue();
        clients.forEach(SeedClient::close);

        Set<String> stored = new HashSet<>();
        for (StoredEnvelope envelope : store.read("bob", -1, 1 << 20, Long.MAX_VALUE)) {
            stored.add(EnvelopeCodec.decode(Unpooled.wrappedBuffer(envelope.bytes())).id());
        }
        int told = 0;
        for (Map.Entry<String, CompletableFuture<String>> answer : answers.entrySet()) {
            if (!answer.getValue().isCompletedExceptionally()
                    && SeedClient.await(answer.getValue()).equals("OK\n")) {
                told++;
                assertThat(stored).contains(answer.getKey());
            }
        }
        assertThat(told).isGreaterThanOrEqualTo(200);
        RelayFixture.assertAddsUp(store.statistics());
    }

    @Test
    void requestUnderWayIsFinishedAndNewOnesAreRefused() {
        Relay relay = start(Duration.ofSeconds(10));
        SeedClient client = SeedClient.connect(relay);
        client.hello("alice");
        store.closeGate();
        CompletableFuture<String> underWay = client.sendAsync(SeedClient.envelope("bob", "x"));
        Waiting.until("the commit runs", store::someoneWaits);
        CompletableFuture<Void> closing = CompletableFuture.runAsync(relay::close);
        Waiting.until("the relay drains", () -> !relay.ready());
        Waiting.until("new requests are refused", () -> client.hello("a").contains("draining"));
        assertThat(underWay).isNotDone();
        store.openGate();
        assertThat(SeedClient.await(underWay)).isEqualTo("OK\n");
        SeedClient.await(closing);
        assertThat(SeedClient.await(client.ended()))
                .isInstanceOfSatisfying(
                        ConnectionEnd.Orderly.class,
                        end -> {
                            assertThat(end.code()).isZero();
                            assertThat(end.reason()).isEqualTo(ErrorCode.DRAINING.sentence());
                        });
        client.close();
        assertThat(store.statistics().waiting()).isEqualTo(1);
    }

    @Test
    void clientThatNeverReadsDelaysTheEndByNoMoreThanTheBound() {
        Relay relay = start(Duration.ofSeconds(1));
        SeedClient client = SeedClient.connect(relay);
        for (int i = 0; i < 40; i++) {
            client.send(
                    MessageEnvelope.builder().recipient("bob").payload(new byte[100_000]).build());
        }
        client.openUnread().finish(SeedClient.fetchBytes("bob"));
        Waiting.until(
                "something is leased", () -> relay.statistics("bob").orElseThrow().leased() > 0);
        long startNanos = System.nanoTime();
        relay.close();
        assertThat(Duration.ofNanos(System.nanoTime() - startNanos))
                .isBetween(Duration.ofMillis(900), Duration.ofSeconds(6));
        client.close();
        assertThat(store.statistics().waiting()).isEqualTo(40);
    }

    @Test
    void whatWasAcknowledgedIsRemovedBeforeTheEnd() {
        Relay relay = start(Duration.ofSeconds(5));
        SeedClient client = SeedClient.connect(relay);
        for (int i = 0; i < 10; i++) {
            client.send(SeedClient.envelope("bob", "x"));
        }
        assertThat(client.fetch("bob")).hasSize(10);
        client.hello("bob");
        relay.close();
        client.close();
        assertThat(store.statistics().waiting()).isZero();
    }

    @Test
    void closingTwiceDoesNothing() {
        Relay relay = start(Duration.ofSeconds(5));
        relay.close();
        relay.close();
        assertThat(relay.ready()).isFalse();
    }

    @Test
    void failedStoreIsToldAndReadinessEnds() {
        Relay relay = start(Duration.ofSeconds(5));
        try (SeedClient client = SeedClient.connect(relay)) {
            client.send(SeedClient.envelope("bob", "x"));
            store.failCommits();
            assertThat(client.send(SeedClient.envelope("bob", "y")))
                    .startsWith("ERROR: outcome_unknown: ");
            assertThat(client.send(SeedClient.envelope("bob", "z")))
                    .startsWith("ERROR: internal: ")
                    .contains("restart");
            assertThat(relay.ready()).isFalse();
            assertThat(client.fetch("bob")).hasSize(1);
        }
        relay.close();
    }

    @Test
    void damageStandsWhereTheNextLengthIsDue() {
        Relay relay = start(Duration.ofSeconds(5));
        try (SeedClient client = SeedClient.connect(relay)) {
            client.send(SeedClient.envelope("bob", "x"));
            store.damage(true);
            assertThat(client.askText(SeedClient.fetchBytes("bob")))
                    .startsWith("ERROR: internal: ")
                    .contains("offset 4711");
            assertThat(relay.statistics().refusals()).containsEntry(ErrorCode.INTERNAL, 1L);
            store.damage(false);
            assertThat(client.fetch("bob")).hasSize(1);
        }
        relay.close();
    }

    private Relay start(Duration drainTimeout) {
        return Relay.start(
                RelayFixture.config(store, directory).drainTimeout(drainTimeout).build());
    }
}
