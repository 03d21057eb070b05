package io.qight.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The network between sockets that say only what they are told: an echo and its clients. */
class RoughNetworkIT {
    private static final Duration QUIET = Duration.ofMillis(200);

    private final UdpPeer relay = UdpPeer.echo();
    private final RoughNetwork network = RoughNetwork.before(relay.address(), 5);
    private final UdpPeer client = UdpPeer.silent();

    @AfterEach
    void close() {
        network.close();
        client.close();
        relay.close();
    }

    @Test
    void aCleanNetworkPassesEverythingInOrder() {
        for (int i = 0; i < 200; i++) {
            client.send(i, network.address());
        }
        assertThat(client.take(200)).isEqualTo(numbers(0, 200));
        assertThat(network.count(Direction.TO_RELAY, PacketEvent.PASSED)).isEqualTo(200);
        assertThat(network.count(Direction.TO_CLIENT, PacketEvent.ARRIVED)).isEqualTo(200);
    }

    @Test
    void manyClientsKeepApart() {
        List<UdpPeer> clients = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            clients.add(UdpPeer.silent());
        }
        for (int i = 0; i < 30; i++) {
            clients.get(i).send(i, network.address());
        }
        for (int i = 0; i < 30; i++) {
            assertThat(clients.get(i).take(1)).containsExactly(i);
            clients.get(i).close();
        }
        assertThat(relay.ports()).hasSize(30);
    }

    @Test
    void lossLosesWhatItSaysAndTheSameEachTime() {
        network.run("loss 30% towards relay");
        IntStream.range(0, 100).forEach(i -> client.send(i, network.address()));
        List<Integer> first = takeAllOf(100);
        assertThat(first).hasSizeBetween(40, 95).isSorted();
        try (RoughNetwork again = RoughNetwork.before(relay.address(), 5);
                UdpPeer other = UdpPeer.silent()) {
            again.run("loss 30% towards relay");
            IntStream.range(0, 100).forEach(i -> other.send(i, again.address()));
            assertThat(other.take(first.size())).isEqualTo(first);
        }
    }

    @Test
    void everythingIsAccountedFor() {
        network.run(
                "loss 10%; duplicate 20%; corrupt 5%; reorder 10% by 5ms; delay 3ms jitter 2ms");
        IntStream.range(0, 300).forEach(i -> client.send(i, network.address()));
        assertThat(takeAllOf(300)).hasSizeGreaterThan(200);
        assertThat(network.toString()).contains("to relay: 300 arrived", "to client: ");
    }

    @Test
    void duplicatesComeTwice() {
        network.run("duplicate 100% towards client");
        client.send(7, network.address());
        assertThat(client.take(2)).containsExactly(7, 7);
        assertThat(client.takeUntilQuiet(QUIET)).isEmpty();
    }

    @Test
    void oneBitIsTurnedInWhatIsCorrupted() {
        network.run("corrupt 100% towards client");
        client.send(0, network.address());
        assertThat(Integer.bitCount(client.take(1).get(0))).isEqualTo(1);
    }

    @Test
    void delayDelaysAndJitterKeepsTheOrder() {
        network.delay(Duration.ofMillis(30), Duration.ofMillis(20));
        long startNanos = System.nanoTime();
        IntStream.range(0, 100).forEach(i -> client.send(i, network.address()));
        assertThat(client.take(100)).isEqualTo(numbers(0, 100));
        assertThat(System.nanoTime() - startNanos).isGreaterThanOrEqualTo(20_000_000);
    }

    @Test
    void whatIsHeldBackIsPassedByOthers() {
        network.reorder(0.2, Duration.ofMillis(40));
        IntStream.range(0, 100).forEach(i -> client.send(i, network.address()));
        List<Integer> arrived = client.take(100);
        assertThat(arrived).containsExactlyInAnyOrderElementsOf(numbers(0, 100));
        assertThat(arrived).isNotEqualTo(numbers(0, 100));
    }

    @Test
    void theRateHoldsAndItsQueueIsBounded() {
        // A packet has 1,000 bytes: one takes 10 ms, and three more may wait.
        network.run("rate 100kB/s queue 3000B towards relay");
        long startNanos = System.nanoTime();
        IntStream.range(0, 50).forEach(i -> client.send(i, 1_000, network.address()));
        List<Integer> arrived = takeAllOf(50);
        long tookNanos = System.nanoTime() - startNanos;
        assertThat(arrived).startsWith(0, 1, 2).isSorted().hasSizeLessThan(50);
        assertThat(tookNanos).isGreaterThanOrEqualTo((arrived.size() - 1) * 10_000_000L);
        assertThat(network.count(Direction.TO_RELAY, PacketEvent.QUEUE_FULL))
                .isEqualTo(50 - arrived.size());
    }

    @Test
    void aCutSwallowsEverythingUntilItIsHealed() {
        network.cut();
        client.send(1, network.address());
        assertThat(client.takeUntilQuiet(QUIET)).isEmpty();
        network.heal();
        client.send(2, network.address());
        assertThat(client.take(1)).containsExactly(2);
        assertThat(network.count(Direction.TO_RELAY, PacketEvent.CUT)).isEqualTo(1);
    }

    @Test
    void aCutForATimeEndsByItself() {
        long startNanos = System.nanoTime();
        network.cut(Duration.ofMillis(150));
        int sent = 0;
        do {
            client.send(sent++, network.address());
        } while (!client.hasOneWithin(Duration.ofMillis(10)));
        assertThat(System.nanoTime() - startNanos).isGreaterThanOrEqualTo(150_000_000);
    }

    @Test
    void aRebindShowsTheRelayANewPort() {
        for (int i = 0; i < 3; i++) {
            client.send(i, network.address());
            assertThat(client.take(1)).containsExactly(i);
            network.rebind();
        }
        assertThat(relay.ports()).hasSize(3);
        assertThat(network.rebinds()).isEqualTo(3);
    }

    @Test
    void aScriptRebindsInItsTime() {
        network.run("at 100ms rebind");
        int sent = 0;
        do {
            client.send(sent++, network.address());
        } while (!client.hasOneWithin(Duration.ofMillis(10)) || relay.ports().size() < 2);
        assertThat(network.rebinds()).isEqualTo(1);
    }

    @Test
    void whatComesToAnOldPortIsLost() {
        client.send(1, network.address());
        assertThat(client.take(1)).containsExactly(1);
        InetSocketAddress old =
                new InetSocketAddress(
                        InetAddress.getLoopbackAddress(), relay.ports().iterator().next());
        network.rebind();
        relay.send(2, old);
        assertThat(client.takeUntilQuiet(QUIET)).isEmpty();
    }

    @Test
    void aRelayThatIsAwayAndComesBackElsewhereIsNoFailure() {
        client.send(1, network.address());
        assertThat(client.take(1)).containsExactly(1);
        relay.close();
        for (int i = 0; i < 20; i++) {
            client.send(2, network.address());
        }
        assertThat(client.takeUntilQuiet(QUIET)).isEmpty();
        try (UdpPeer next = UdpPeer.echo()) {
            network.moveTo(next.address());
            client.send(3, network.address());
            assertThat(client.take(1)).containsExactly(3);
        }
    }

    @Test
    void theQuietestClientGivesWay() {
        client.send(0, network.address());
        assertThat(client.take(1)).containsExactly(0);
        for (int i = 0; i < 1_100; i++) {
            try (UdpPeer other = UdpPeer.silent()) {
                other.send(i, network.address());
                assertThat(other.take(1)).containsExactly(i);
            }
        }
        client.send(1, network.address());
        assertThat(client.take(1)).containsExactly(1);
        assertThat(relay.ports()).hasSizeGreaterThan(1_024);
    }

    @Test
    void aClosedNetworkSaysSo() {
        network.close();
        network.close();
        assertThatThrownBy(network::cut).isInstanceOf(IllegalStateException.class);
    }

    /** All that come back of so many, when each packet and each copy has come to its end. */
    private List<Integer> takeAllOf(int sent) {
        long deadlineNanos = System.nanoTime() + 20_000_000_000L;
        while (network.count(Direction.TO_RELAY, PacketEvent.ARRIVED) < sent
                || network.count(Direction.TO_CLIENT, PacketEvent.ARRIVED)
                        < network.count(Direction.TO_RELAY, PacketEvent.PASSED)
                || !settled(Direction.TO_RELAY)
                || !settled(Direction.TO_CLIENT)) {
            assertThat(System.nanoTime()).as(network.toString()).isLessThan(deadlineNanos);
            LockSupport.parkNanos(1_000_000);
        }
        return client.take((int) network.count(Direction.TO_CLIENT, PacketEvent.PASSED));
    }

    private boolean settled(Direction direction) {
        return sum(direction, PacketEvent.ARRIVED, PacketEvent.DUPLICATED)
                == sum(
                        direction,
                        PacketEvent.PASSED,
                        PacketEvent.LOST,
                        PacketEvent.QUEUE_FULL,
                        PacketEvent.UNDELIVERABLE);
    }

    private long sum(Direction direction, PacketEvent... events) {
        long sum = 0;
        for (PacketEvent event : events) {
            sum += network.count(direction, event);
        }
        return sum;
    }

    private static List<Integer> numbers(int from, int to) {
        return IntStream.range(from, to).boxed().toList();
    }
}
