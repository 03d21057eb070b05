package io.qight.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.qight.client.ClientConfig;
import io.qight.client.ClientState;
import io.qight.client.RelayClient;
import io.qight.client.SubscribeOptions;
import io.qight.client.Subscription;
import io.qight.store.embedded.StoreCheck;
import io.qight.store.embedded.StoreReport;
import io.qight.testkit.RoughNetwork;
import io.qight.testkit.promises.Bounds;
import io.qight.testkit.promises.Delivery;
import io.qight.testkit.promises.Event;
import io.qight.testkit.promises.History;
import io.qight.transport.Trust;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A train journey: a receiver loses its connection in one tunnel after the other, with deliveries
 * in its hands and on their way, while others send to it.
 */
@Timeout(180)
class JourneyIT {
    private static final long SEED = Long.getLong("qight.seed", System.nanoTime());
    private static final int TUNNELS = 50 * Integer.getInteger("qight.effort", 1);
    private static final List<String> MAILBOXES = List.of("home", "work");
    private static final String RECEIVER = "traveller";
    private static final int SENDERS = 3;
    private static final int SENDS_A_LEG = 20;

    /** Less than what is sent on a leg, so that every tunnel finds the credit in use. */
    private static final int CREDIT = 40;

    private static final int IN_HAND_MAX = 20;
    private static final Duration TTL = Duration.ofMinutes(10);

    @TempDir private Path home;

    private final Random random = new Random(SEED);
    private final Recorder recorder = new Recorder(History.ofRealTime(Bounds.defaults()));
    private final List<CompletableFuture<Void>> receipts = new ArrayList<>();
    private final AtomicLong received = new AtomicLong();
    private final Queue<Recorder.Received> inHand = new ConcurrentLinkedQueue<>();
    private final Queue<CompletableFuture<Boolean>> acks = new ConcurrentLinkedQueue<>();
    private final AtomicInteger lost = new AtomicInteger();
    private final AtomicInteger dialed = new AtomicInteger();
    private final AtomicInteger connected = new AtomicInteger();

    @Test
    void nothingIsLostOrCountedAsFailedOnATrain() throws Exception {
        try (RunningRelay relay = RunningRelay.start(new Program(home));
                RoughNetwork network =
                        RoughNetwork.before(
                                new InetSocketAddress(
                                        InetAddress.getLoopbackAddress(), relay.port()),
                                SEED)) {
            List<RelayClient> senders = new ArrayList<>();
            for (int i = 0; i < SENDERS; i++) {
                senders.add(
                        RelayClient.connect(
                                relay.address(), recorder.watched(config(), "sender" + i)));
            }
            RelayClient traveller =
                    RelayClient.connect(
                            "127.0.0.1:" + network.address().getPort(),
                            config().withPing(Duration.ofMillis(50), Duration.ofMillis(150))
                                    .withListener(this::heard));
            Subscription subscription = subscribe(traveller);
            for (int tunnel = 0; tunnel < TUNNELS; tunnel++) {
                ride(tunnel, network, senders);
            }
            arrive(subscription);
            traveller.close();
            for (String mailbox : MAILBOXES) {
                assertThat(recorder.drain(senders.get(0), mailbox)).isZero();
            }
            senders.forEach(RelayClient::close);
            assertThat(relay.terminate()).isZero();
            requireAllIsWell();
        } catch (AssertionError | Exception e) {
            throw new AssertionError("-Dqight.seed=" + SEED, e);
        }
    }

    private Subscription subscribe(RelayClient traveller) {
        return traveller.subscribe(
                MAILBOXES,
                delivery -> {
                    Recorder.Received one =
                            recorder.received(RECEIVER, received.incrementAndGet(), delivery);
                    inHand.add(one);
                    // The oldest goes first, so that what is held over a tunnel is always some.
                    while (inHand.size() > IN_HAND_MAX) {
                        ackOldest();
                    }
                },
                SubscribeOptions.defaults().withManualAck().withCredit(CREDIT, 1 << 20));
    }

    /** To the next tunnel and through it; what the senders send goes on meanwhile. */
    private void ride(int tunnel, RoughNetwork network, List<RelayClient> senders) {
        int lostBefore = lost.get();
        int dialedBefore = dialed.get();
        int connectedBefore = connected.get();
        for (int i = 0; i < SENDERS; i++) {
            for (int n = 1; n <= SENDS_A_LEG; n++) {
                receipts.add(
                        recorder.send(
                                senders.get(i),
                                "sender" + i,
                                tunnel * SENDS_A_LEG + n,
                                MAILBOXES.get(random.nextInt(MAILBOXES.size())),
                                TTL,
                                random.nextInt(500)));
            }
        }
        long enough = received.get() + random.nextInt(CREDIT);
        Conditions.await("deliveries", () -> received.get() >= enough || lost.get() > lostBefore);
        // One way or both: the relay hears acks whose answers are lost, or nothing at all.
        network.run(random.nextInt(3) == 0 ? "cut towards client" : "cut");
        if (random.nextBoolean()) {
            ackOldest();
        }
        Conditions.await("loss " + tunnel, () -> lost.get() > lostBefore);
        if (random.nextInt(10) == 0) {
            Conditions.await("a try in the tunnel", () -> dialed.get() > dialedBefore);
        }
        if (random.nextInt(3) == 0) {
            network.rebind();
        }
        network.heal();
        Conditions.await("connection", () -> connected.get() > connectedBefore);
    }

    private void arrive(Subscription subscription) throws Exception {
        for (CompletableFuture<Void> receipt : receipts) {
            receipt.get(Conditions.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
        Conditions.await(
                "all to be acked",
                () -> {
                    ackOldest();
                    return recorder.acked() == receipts.size();
                });
        subscription.close();
    }

    private void requireAllIsWell() throws Exception {
        recorder.requirePromisesKept();
        assertThat(lost).hasValueGreaterThanOrEqualTo(TUNNELS);
        assertThat(recorder.stored()).isEqualTo(receipts.size());
        for (CompletableFuture<Boolean> ack : acks) {
            assertThat(ack.get(1, TimeUnit.SECONDS)).as("an ack is carried out").isTrue();
        }
        List<Delivery> deliveries =
                recorder.history().events().stream()
                        .filter(Event.Delivered.class::isInstance)
                        .map(event -> ((Event.Delivered) event).delivery())
                        .toList();
        assertThat(deliveries).allMatch(delivery -> delivery.failures() == 0);
        long again = deliveries.stream().filter(delivery -> delivery.deliveries() > 1).count();
        assertThat(again).as("deliveries that a tunnel swallowed").isPositive();
        StoreReport store = StoreCheck.run(DataDirectory.store(home.resolve("data")));
        assertThat(store.waiting()).as("dead letters, or what nobody can have").isZero();
        System.out.println(
                "JourneyIT: "
                        + receipts.size()
                        + " sent, "
                        + received
                        + " delivered, "
                        + again
                        + " of them not the first time, "
                        + lost
                        + " connections lost, seed "
                        + SEED);
    }

    private void ackOldest() {
        Recorder.Received oldest = inHand.poll();
        if (oldest != null) {
            acks.add(recorder.ack(oldest));
        }
    }

    private void heard(ClientState state) {
        if (state instanceof ClientState.Waiting) {
            recorder.history().connectionLost(RECEIVER);
            lost.incrementAndGet();
        } else if (state instanceof ClientState.Connecting) {
            dialed.incrementAndGet();
        } else if (state instanceof ClientState.Connected) {
            connected.incrementAndGet();
        }
    }

    private ClientConfig config() {
        return ClientConfig.defaults()
                .withTrust(Trust.file(home.resolve("data").resolve("relay-cert.pem")))
                .withConnectTimeout(Conditions.PATIENCE)
                .withReconnect(Duration.ofMillis(5), Duration.ofMillis(50));
    }
}
