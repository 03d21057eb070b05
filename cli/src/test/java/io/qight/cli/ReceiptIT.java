package io.qight.cli;

import io.qight.client.ClientConfig;
import io.qight.client.RelayClient;
import io.qight.testkit.promises.Bounds;
import io.qight.testkit.promises.History;
import io.qight.transport.Trust;
import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Promise 1 alone: what has a receipt is there, whenever the relay is killed. */
@Timeout(300)
class ReceiptIT {
    private static final long SEED = Long.getLong("qight.seed", System.nanoTime());
    private static final int KILLS = 4 * Integer.getInteger("qight.effort", 1);
    private static final int UNDER_WAY = 64;
    private static final String BOB = "bob";

    private final Random random = new Random(SEED);
    private final Recorder recorder = new Recorder(History.ofRealTime(Bounds.defaults()));
    @TempDir private Path directory;

    @Test
    void whatHasAReceiptIsThereAfterAKill() throws Exception {
        for (int kill = 1; kill <= KILLS; kill++) {
            Process relay = start();
            try (RelayClient client = connect(relay)) {
                sendUntilKilled(client, relay, "sender" + kill);
            } finally {
                relay.destroyForcibly().waitFor();
            }
        }
        recorder.history().relayEnded();
        Process relay = start();
        try (RelayClient client = connect(relay)) {
            recorder.drain(client, BOB);
        } finally {
            relay.destroyForcibly().waitFor();
        }
        try {
            recorder.requirePromisesKept();
        } catch (AssertionError e) {
            throw new AssertionError("-Dqight.seed=" + SEED, e);
        }
    }

    /** As many as may be under way, again and again; the end comes with SENDs in every state. */
    private void sendUntilKilled(RelayClient client, Process relay, String outbox)
            throws Exception {
        AtomicInteger answered = new AtomicInteger();
        int enough = UNDER_WAY + random.nextInt(UNDER_WAY);
        int sent = 0;
        while (answered.get() < enough) {
            if (sent - answered.get() < UNDER_WAY) {
                recorder.send(client, outbox, ++sent, BOB, Duration.ofHours(1), 10)
                        .thenRun(answered::incrementAndGet);
            } else {
                int before = answered.get();
                Conditions.await("a receipt", () -> answered.get() > before);
            }
        }
        recorder.history().relayEnded();
        relay.destroyForcibly().waitFor();
        client.close(Duration.ZERO);
        int all = sent;
        Conditions.await("every answer", () -> answered.get() == all);
    }

    private Process start() throws Exception {
        return new ProcessBuilder(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-XX:TieredStopAtLevel=1",
                                "-Xmx128m",
                                "-cp",
                                System.getProperty("java.class.path"),
                                SlowDiskRelay.class.getName(),
                                directory.toString()))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private RelayClient connect(Process relay) throws Exception {
        BufferedReader said = relay.inputReader(StandardCharsets.UTF_8);
        return RelayClient.connect(
                "127.0.0.1:" + said.readLine(),
                ClientConfig.defaults()
                        .withConnectTimeout(Conditions.PATIENCE)
                        .withTrust(Trust.file(directory.resolve("relay-cert.pem"))));
    }
}
