package io.qight.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.qight.client.ClientConfig;
import io.qight.client.ClientState;
import io.qight.client.Delivery;
import io.qight.client.DeliveryHandler;
import io.qight.client.RelayClient;
import io.qight.client.SubscribeOptions;
import io.qight.client.Subscription;
import io.qight.testkit.RoughNetwork;
import io.qight.transport.Trust;
import io.qight.wire.MessageEnvelope;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A client whose address changes while it has a subscription at a relay. */
@Timeout(180)
class NetworkChangeIT {
    private static final String BOB = "bob";
    private static final int REBINDS = 10;
    private static final int CREDIT = 10;

    @TempDir private Path home;
    private RunningRelay relay;
    private RoughNetwork network;
    private final List<RelayClient> clients = new ArrayList<>();
    private final AtomicInteger connections = new AtomicInteger();

    @BeforeEach
    void start() throws Exception {
        relay = RunningRelay.start(new Program(home));
        network =
                RoughNetwork.before(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), relay.port()), 1);
    }

    @AfterEach
    void close() {
        clients.forEach(RelayClient::close);
        network.close();
        relay.close();
    }

    @Test
    void aConnectionSurvivesNewPorts() throws Exception {
        RelayClient sender = direct();
        // The relay cannot find a client that is silent at its new port: pings tell it.
        RelayClient receiver = travelling(Duration.ofMillis(50), Duration.ofSeconds(10));
        Queue<Delivery> deliveries = new ConcurrentLinkedQueue<>();
        subscribe(receiver, deliveries::add, 2 * REBINDS);
        for (int i = 0; i < REBINDS; i++) {
            send(sender, 2 * i, 1);
            network.rebind();
            send(sender, 2 * i + 1, 1);
            int expected = 2 * i + 2;
            Conditions.await("deliveries after a rebind", () -> deliveries.size() == expected);
        }

        assertThat(texts(deliveries)).isEqualTo(numbers(0, 2 * REBINDS - 1));
        for (Delivery delivery : deliveries) {
            assertThat(acked(delivery)).isTrue();
        }
        // The relay's QUIC library gives a new address up that does not answer within its probe
        // timeout, a few milliseconds here, and with it the connection: on a busy machine some do
        // not survive, and the session resumes.
        assertThat(connections).hasValueLessThanOrEqualTo(1 + REBINDS / 2);
        if (connections.get() == 1) {
            assertThat(deliveries).allMatch(delivery -> delivery.deliveries() == 1);
        }
        assertThat(network.rebinds()).isEqualTo(REBINDS);
        assertThat(sender.fetch(BOB)).isEmpty();
    }

    @Test
    void whereTheConnectionEndsTheSessionResumesWithLeasesAndCredit() throws Exception {
        RelayClient sender = direct();
        RelayClient receiver = travelling(Duration.ofMillis(100), Duration.ofMillis(300));
        Queue<Delivery> held = new ConcurrentLinkedQueue<>();
        subscribe(receiver, held::add, CREDIT);
        send(sender, 0, CREDIT);
        Conditions.await("all of the credit in use", () -> held.size() == CREDIT);

        network.cut();
        Conditions.await("the loss", () -> receiver.state() instanceof ClientState.Waiting);
        // What is leased stays so, and only that: another receiver gets all else.
        send(sender, CREDIT, 3);
        Queue<Delivery> others = new ConcurrentLinkedQueue<>();
        Subscription other = subscribe(sender, others::add, CREDIT);
        Conditions.await("what was not leased", () -> others.size() == 3);
        for (Delivery delivery : others) {
            assertThat(acked(delivery)).isTrue();
        }
        other.close();
        network.rebind();
        network.heal();
        Conditions.await("a new connection", () -> connections.get() > 1);

        send(sender, CREDIT + 3, CREDIT);
        requireNothingUnderWay(sender, receiver);
        assertThat(held).hasSize(CREDIT).noneMatch(Delivery::leaseLost);
        for (int i = 0; i < 4; i++) {
            assertThat(acked(held.remove())).isTrue();
        }
        Conditions.await("as many as were acked", () -> held.size() == CREDIT);
        requireNothingUnderWay(sender, receiver);
        List<String> expected = new ArrayList<>(numbers(4, CREDIT - 1));
        expected.addAll(numbers(CREDIT + 3, CREDIT + 6));
        assertThat(texts(held)).isEqualTo(expected);
        assertThat(held).allMatch(delivery -> delivery.deliveries() == 1);

        for (int i = 4; i < 2 * CREDIT; i++) {
            Conditions.await("a delivery", () -> !held.isEmpty());
            assertThat(acked(held.remove())).isTrue();
        }
        assertThat(sender.fetch(BOB)).isEmpty();
    }

    /** What the relay may deliver at once, it has when it delivers what was sent later. */
    private static void requireNothingUnderWay(RelayClient sender, RelayClient receiver) {
        Queue<Delivery> later = new ConcurrentLinkedQueue<>();
        Subscription subscription = receiver.subscribe(List.of("later"), later::add);
        sender.send(envelope("later", 0));
        Conditions.await("what was sent later", () -> !later.isEmpty());
        subscription.close();
    }

    private static Subscription subscribe(RelayClient client, DeliveryHandler handler, int credit) {
        return client.subscribe(
                List.of(BOB),
                handler,
                SubscribeOptions.defaults().withManualAck().withCredit(credit, 1 << 20));
    }

    private static void send(RelayClient client, int first, int count) {
        for (int i = first; i < first + count; i++) {
            client.send(envelope(BOB, i));
        }
    }

    private static MessageEnvelope envelope(String mailbox, int number) {
        return MessageEnvelope.builder().recipient(mailbox).payload("" + number).build();
    }

    private static boolean acked(Delivery delivery) throws Exception {
        return delivery.ack().get(Conditions.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    private static List<String> texts(Collection<Delivery> deliveries) {
        return deliveries.stream().map(delivery -> delivery.envelope().payloadText()).toList();
    }

    private static List<String> numbers(int first, int last) {
        return IntStream.rangeClosed(first, last).mapToObj(Integer::toString).toList();
    }

    private RelayClient direct() throws Exception {
        return connect(relay.address(), config());
    }

    /** Through the network that changes. */
    private RelayClient travelling(Duration pingAfter, Duration pingTimeout) {
        return connect(
                "127.0.0.1:" + network.address().getPort(),
                config().withPing(pingAfter, pingTimeout)
                        .withReconnect(Duration.ofMillis(5), Duration.ofMillis(50))
                        .withListener(state -> {
                            if (state instanceof ClientState.Connected) {
                                connections.incrementAndGet();
                            }
                        }));
    }

    private RelayClient connect(String address, ClientConfig config) {
        RelayClient client = RelayClient.connect(address, config);
        clients.add(client);
        return client;
    }

    private ClientConfig config() {
        return ClientConfig.defaults()
                .withConnectTimeout(Conditions.PATIENCE)
                .withRequestTimeout(Conditions.PATIENCE)
                .withTrust(Trust.file(home.resolve("data").resolve("relay-cert.pem")));
    }
}
