package io.qight.relay;

import static io.qight.relay.SeedClient.await;
import static io.qight.relay.StreamingClient.send;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.qight.identity.Identity;
import io.qight.relay.access.SenderQuota;
import io.qight.relay.flow.Waiting;
import io.qight.store.Durability;
import io.qight.store.MemoryStore;
import io.qight.transport.ConnectionEnd;
import io.qight.transport.HandshakeQuota;
import io.qight.wire.ErrorCode;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.Mode;
import io.qight.wire.v1.ReceiptOutcome;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The limits of {@link RelayLimits}, each with what is said or done beyond it. */
@Timeout(60)
class RelayLimitsIT {
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

    @TempDir Path directory;
    private final List<Relay> relays = new ArrayList<>();

    private Relay start(UnaryOperator<RelayLimits> limits) {
        Relay relay =
                Relay.start(
                        RelayFixture.config(new MemoryStore(), directory)
                                .durability(Durability.MEMORY)
                                .meterRegistry(meters)
                                .limits(limits.apply(RelayLimits.USUAL))
                                .build());
        relays.add(relay);
        return relay;
    }

    private Relay connectsOneASecond() {
        return start(
                limits -> limits.withHandshakes(HandshakeQuota.USUAL.withConnectsPerSecond(1)));
    }

    @AfterEach
    void end() {
        relays.forEach(RelayFixture::assertNothingHeld);
        relays.forEach(Relay::close);
    }

    @Test
    void connectionsBeyondTheirNumberAreClosedAsOverloaded() {
        Relay relay = start(limits -> limits.withConnections(3, 1_000));
        assertCrowdedOut(relay, 3);
    }

    @Test
    void connectionsOfOneAddressBeyondTheirNumberAreClosedAsOverloaded() {
        Relay relay = start(limits -> limits.withConnections(1_000, 3));
        assertCrowdedOut(relay, 3);
    }

    private void assertCrowdedOut(Relay relay, int allowed) {
        List<StreamingClient> clients = new ArrayList<>();
        for (int i = 0; i < allowed; i++) {
            clients.add(StreamingClient.connect(relay));
        }
        try (StreamingClient more = StreamingClient.connectSilently(relay)) {
            assertThat(await(more.ended()))
                    .isInstanceOfSatisfying(
                            ConnectionEnd.Orderly.class,
                            end -> {
                                assertThat(end.code()).isEqualTo(ErrorCode.OVERLOADED.number());
                                assertThat(end.reason()).contains("3 connections");
                            });
        }
        assertThat(relay.statistics().refusals()).containsEntry(ErrorCode.OVERLOADED, 1L);
        assertThat(relay.statistics().connections()).isEqualTo(allowed);
        clients.remove(0).close();
        Waiting.until("a place is free", () -> relay.statistics().connections() == allowed - 1);
        try (SeedClient next = SeedClient.connect(relay)) {
            assertThat(next.hello("me")).contains("test-relay");
        }
        clients.forEach(StreamingClient::close);
    }

    @Test
    void largerEnvelopesThanAllowedAreRefused() {
        Relay relay = start(limits -> limits.withEnvelopeBytes(1_000));
        try (StreamingClient client = StreamingClient.connectSilently(relay);
                SeedClient seed = SeedClient.connect(relay)) {
            Frame.Welcome welcome = (Frame.Welcome) client.hello();
            assertThat(welcome.limits().envelopeBytesMax()).isEqualTo(1_000);
            StreamingClientStream sends = client.openOutbox(StreamingClient.randomId(), 1);
            sends.write(send(1, "bob", "x".repeat(900)), send(2, "bob", "x".repeat(1_000)));
            assertThat(sends.next()).isInstanceOf(Frame.Receipt.class);
            assertThat(sends.next()).isInstanceOfAny(Frame.Receipt.class, Frame.StreamError.class);
            assertThat(relay.statistics().store().waiting()).isEqualTo(1);
            assertThat(seed.askText(SeedClient.sendBytes(1_001, new byte[10])))
                    .startsWith("ERROR: envelope_size: ");
        }
    }

    @Test
    void mailboxesBeyondTheirNumberTakeNothingUntilOneIsEmpty() {
        Relay relay = start(limits -> limits.withMailboxes(2));
        try (StreamingClient client = StreamingClient.connect(relay);
                SeedClient seed = SeedClient.connect(relay)) {
            StreamingClientStream sends = client.openOutbox(StreamingClient.randomId(), 1);
            sends.write(send(1, "a", "x"), send(2, "b", "x"), send(3, "c", "x"));
            assertThat(sends.next())
                    .isEqualTo(new Frame.Receipt(1, 1, new ReceiptOutcome.Stored(3)));
            assertRefused(sends, 3, ErrorCode.MAILBOX_FULL);
            sends.write(send(4, "a", "y"));
            assertThat(sends.next())
                    .isEqualTo(new Frame.Receipt(4, 0, new ReceiptOutcome.Stored(3)));
            assertThat(seed.fetch("b")).hasSize(1);
            seed.hello("me");
            Waiting.until("b is empty", () -> relay.statistics().store().mailboxes() == 1);
            sends.write(send(3, "c", "x"));
            assertThat(sends.next())
                    .isEqualTo(new Frame.Receipt(3, 0, new ReceiptOutcome.Stored(3)));
        }
    }

    @Test
    void whatOneAddressMayHaveWaitingCountsInAllMailboxesAndBothVersions() {
        long any = SenderQuota.UNBOUNDED;
        Relay relay = start(limits -> limits.withSenders(new SenderQuota(3, any, 2, any)));
        try (StreamingClient client = StreamingClient.connect(relay);
                SeedClient seed = SeedClient.connect(relay)) {
            StreamingClientStream sends = client.openOutbox(StreamingClient.randomId(), 1);
            sends.write(send(1, "a", "x"), send(2, "b", "x"), send(3, "c", "x"));
            assertThat(sends.next())
                    .isEqualTo(new Frame.Receipt(1, 1, new ReceiptOutcome.Stored(3)));
            assertRefused(sends, 3, ErrorCode.MAILBOX_FULL);
            assertThat(seed.send(SeedClient.envelope("d", "x"))).isEqualTo("OK\n");
            assertThat(seed.send(SeedClient.envelope("e", "x")))
                    .startsWith("ERROR: mailbox_full: ");
            assertThat(seed.fetch("a")).hasSize(1);
            seed.hello("me");
            Waiting.until("a is empty", () -> relay.statistics().store().mailboxes() == 2);
            sends.write(send(3, "c", "x"));
            assertThat(sends.next())
                    .isEqualTo(new Frame.Receipt(3, 0, new ReceiptOutcome.Stored(3)));
        }
    }

    @Test
    void whoSendsFasterThanAllowedIsReadSlowerAndLosesNothing() {
        Relay relay = start(limits -> limits.withSendRates(500, RelayLimits.NO_RATE));
        try (StreamingClient client = StreamingClient.connect(relay)) {
            long begin = System.nanoTime();
            StreamingClientStream sends = client.openOutbox(StreamingClient.randomId(), 1);
            for (int i = 1; i <= 1_200; i++) {
                sends.write(send(i, "bob", "x"));
            }
            long last = 0;
            while (last < 1_200) {
                Frame.Receipt receipt = (Frame.Receipt) sends.next();
                assertThat(receipt.outcome()).isEqualTo(new ReceiptOutcome.Stored(3));
                last = receipt.first() + receipt.more();
            }
            // 500 at once; what came together last is not waited for.
            assertThat(Duration.ofNanos(System.nanoTime() - begin))
                    .isGreaterThan(Duration.ofSeconds(1));
        }
        assertThat(relay.statistics().refusals()).isEmpty();
        assertThat(heldBack()).isPositive();
    }

    @Test
    void connectionsOfOneIdentityShareItsRateAndAreServedAgain() {
        Relay relay = start(limits -> limits.withSendRates(RelayLimits.NO_RATE, 2));
        Identity identity = Identity.generate(new SecureRandom());
        try (StreamingClient fast = StreamingClient.connectSilently(relay);
                StreamingClient other = StreamingClient.connectSilently(relay)) {
            fast.prove(identity);
            other.prove(identity);
            StreamingClientStream slow = other.openOutbox(StreamingClient.randomId(), 1);
            assertStored(slow, 1);
            long begin = System.nanoTime();
            StreamingClientStream much = fast.openOutbox(StreamingClient.randomId(), 1);
            for (int i = 1; i <= 6; i++) {
                much.write(send(i, "bob", "x"));
            }
            Waiting.until("the identity's rate is spent", () -> heldBack() > 0);
            assertStored(slow, 2);
            // At least one is owed by then, at two a second.
            assertThat(Duration.ofNanos(System.nanoTime() - begin))
                    .isGreaterThan(Duration.ofMillis(500));
        }
    }

    @Test
    void whoConnectsTooOftenWaitsAndGetsIn() {
        Relay relay = connectsOneASecond();
        try (StreamingClient stays = StreamingClient.connect(relay)) {
            StreamingClientStream sends = stays.openOutbox(StreamingClient.randomId(), 1);
            int made = 1;
            while (dropped() == 0) {
                // With one more each second, there is an end to those at once.
                assertThat(made).isLessThan(80);
                StreamingClient.connect(relay).close();
                made++;
            }
            assertThat(made).as("as many at once as in forty seconds").isGreaterThan(40);
            assertStored(sends, 1);
        }
        assertThat(relay.statistics().refusals()).isEmpty();
    }

    @Test
    void whoBeginsTooMuchWaitsAndNobodyElse() {
        Relay relay = connectsOneASecond();
        try (StreamingClient stays = StreamingClient.connect(relay);
                StreamingClient begins = StreamingClient.connect(relay)) {
            StreamingClientStream sends = stays.openOutbox(StreamingClient.randomId(), 1);
            assertStored(sends, 1);
            long begin = System.nanoTime();
            StreamingClientStream fetch = begins.open();
            fetch.write(
                    new Frame.Subscribe(
                            StreamingClient.randomId(), 1, Mode.SHARED, 0, 100, 1 << 20, 0, 0));
            // A hundred count like a connection, and twenty of those may be made at once so.
            for (int i = 1; i <= 2_300; i++) {
                fetch.write(new Frame.Add(i, "box-" + i));
            }
            Waiting.until("too much is begun", () -> heldBack() > 0);
            assertStored(sends, 2);
            // Some are left for connecting.
            StreamingClient.connect(relay).close();
            for (int added = 0; added < 2_300; ) {
                added += fetch.next() instanceof Frame.Added ? 1 : 0;
            }
            assertThat(Duration.ofNanos(System.nanoTime() - begin))
                    .isGreaterThan(Duration.ofSeconds(2));
        }
    }

    @Test
    void handshakesMayAlwaysNeedAProvedAddress() {
        Relay relay = start(limits -> limits.withHandshakes(new HandshakeQuota(0, 10, 25)));
        StreamingClient.connect(relay).close();
        assertThat(meters.get("qight.retries").functionCounter().count()).isEqualTo(1);
        assertThat(meters.get("qight.handshakes").gauge().value()).isZero();
    }

    private static void assertStored(StreamingClientStream sends, long number) {
        sends.write(send(number, "bob", "x"));
        assertThat(sends.next())
                .isEqualTo(new Frame.Receipt(number, 0, new ReceiptOutcome.Stored(3)));
    }

    private double dropped() {
        return meters.get("qight.handshakes.dropped").functionCounter().count();
    }

    private double heldBack() {
        return meters.get("qight.sends.held").functionCounter().count();
    }

    private static void assertRefused(StreamingClientStream sends, long number, ErrorCode code) {
        assertThat(sends.next())
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
}
