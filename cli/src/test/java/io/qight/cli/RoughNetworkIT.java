package io.qight.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.qight.client.ClientConfig;
import io.qight.client.SeedClient;
import io.qight.testkit.PacketEvent;
import io.qight.testkit.RoughNetwork;
import io.qight.transport.Trust;
import io.qight.wire.MessageEnvelope;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Version 0 between real processes over a network that is as bad as they come. */
class RoughNetworkIT {
    private static final long SEED = Long.getLong("qight.seed", new Random().nextLong(1_000_000));
    private static final Duration TIMEOUT = Duration.ofSeconds(60);
    private static final int BATCH = 20;

    @TempDir private Path home;

    @Test
    void everythingIsStoredAndFetchedOnce() throws Exception {
        Path certificate = home.resolve("data").resolve("relay-cert.pem");
        try (RunningRelay relay = RunningRelay.start(new Program(home));
                RoughNetwork network =
                        RoughNetwork.before(
                                new InetSocketAddress(
                                        InetAddress.getLoopbackAddress(), relay.port()),
                                SEED)) {
            network.run("loss 10%; delay 50ms jitter 10ms; reorder 10% by 30ms");
            ClientConfig config =
                    ClientConfig.defaults()
                            .withTrust(Trust.file(certificate))
                            .withConnectTimeout(TIMEOUT)
                            .withRequestTimeout(TIMEOUT);
            String address = "127.0.0.1:" + network.address().getPort();
            try (SeedClient alice = SeedClient.connect(address, config);
                    SeedClient bob = SeedClient.connect(address, config)) {
                List<String> sent = new ArrayList<>();
                await(send(alice, sent));
                await(send(alice, sent));
                assertThat(bob.fetch("bob").stream().map(MessageEnvelope::payloadText))
                        .containsExactlyInAnyOrderElementsOf(sent);
                rebind(network);
                await(send(alice, sent));
                assertThat(bob.fetch("bob")).hasSize(BATCH);
            }
            assertThat(network.count(PacketEvent.LOST)).isPositive();
            assertThat(network.count(PacketEvent.REORDERED)).isPositive();
            assertThat(network.rebinds()).isEqualTo(1);
        } catch (AssertionError | Exception e) {
            throw new AssertionError("-Dqight.seed=" + SEED + ": " + e, e);
        }
    }

    /**
     * From here on without loss: the relay's transport may give a new path up, and the connection
     * with it, when challenges on it are lost, and version 0 has no way on from there but a new
     * connection.
     */
    private static void rebind(RoughNetwork network) {
        network.loss(0);
        network.reorder(0, Duration.ZERO);
        network.rebind();
    }

    private static List<CompletableFuture<Void>> send(SeedClient alice, List<String> sent) {
        List<CompletableFuture<Void>> stored = new ArrayList<>();
        for (int i = 0; i < BATCH; i++) {
            String payload = sent.size() + " " + "x".repeat(2_000);
            sent.add(payload);
            stored.add(
                    alice.sendAsync(
                            MessageEnvelope.builder().recipient("bob").payload(payload).build()));
        }
        return stored;
    }

    private static void await(List<CompletableFuture<Void>> stored) throws Exception {
        CompletableFuture.allOf(stored.toArray(CompletableFuture[]::new))
                .get(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
    }
}
