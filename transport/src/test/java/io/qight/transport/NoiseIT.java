package io.qight.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What strangers send to a server's port. */
@Timeout(60)
final class NoiseIT {
    private static final int DATAGRAMS = 20_000;
    private static final TransportSettings SETTINGS =
            TransportSettings.defaults().withEventLoops(2).withIdleTimeout(Duration.ofSeconds(2));

    @TempDir Path directory;

    @Test
    void noiseDisturbsNobodyAndIsNotLogged() throws Exception {
        long seed = Long.getLong("qight.seed", new Random().nextLong());
        try (LogCapture log = new LogCapture();
                Rig rig = new Rig(directory, SETTINGS, Rig.Echo::new);
                DatagramSocket socket = new DatagramSocket()) {
            Connection connection = rig.connect();
            Random random = new Random(seed);
            for (int i = 0; i < DATAGRAMS; i++) {
                byte[] noise = new byte[random.nextInt(1400)];
                random.nextBytes(noise);
                send(socket, rig, noise);
                if (i % 1000 == 0) {
                    assertThat(Rig.exchange(connection, new byte[100])).hasSize(100);
                }
            }
            assertThat(Rig.exchange(rig.connect(), new byte[100])).hasSize(100);
            assertThat(log.messages()).as("rerun with -Dqight.seed=" + seed).isEmpty();
        }
    }

    @Test
    void handshakeThatDoesNotGoOnIsGivenUp() throws Exception {
        try (LogCapture log = new LogCapture();
                Rig rig = new Rig(directory, SETTINGS, Rig.Echo::new);
                DatagramSocket socket = new DatagramSocket()) {
            List<byte[]> first = firstPackets(rig, 10);
            for (byte[] packet : first) {
                send(socket, rig, packet);
            }
            Rig.await("handshakes are open", () -> rig.server.handshakes() == first.size());
            Rig.await("they were given up", () -> rig.server.handshakes() == 0);
            assertThat(rig.accepted).isEmpty();
            assertThat(log.messages()).isEmpty();
        }
    }

    @Test
    void addressesMustBeProvedDuringAFlood() throws Exception {
        try (Rig rig = new Rig(directory, SETTINGS, Rig.Echo::new);
                DatagramSocket socket = new DatagramSocket()) {
            socket.setSoTimeout(10_000);
            int limit = HandshakeQuota.USUAL.unprovedMax();
            List<byte[]> first = firstPackets(rig, limit + 20);
            for (byte[] packet : first) {
                send(socket, rig, packet);
            }
            Rig.await("the flood has begun", () -> rig.server.handshakes() >= limit);
            DatagramPacket retry = new DatagramPacket(new byte[2000], 2000);
            do {
                socket.receive(retry);
            } while ((retry.getData()[0] & 0xF0) != 0xF0);
            assertThat(retry.getLength()).as("no amplification").isLessThan(200);
            // Who proves its address, by a round trip more, is served all the while.
            Connection connection = rig.connect();
            assertThat(rig.server.handshakes())
                    .as("those before the limit, and no more")
                    .isBetween(1, limit + 2);
            assertThat(Rig.exchange(connection, new byte[100])).hasSize(100);
        }
    }

    @Test
    void unknownVersionIsAnsweredWithNoMoreThanItAsked() throws Exception {
        try (Rig rig = new Rig(directory, SETTINGS, Rig.Echo::new);
                DatagramSocket socket = new DatagramSocket()) {
            socket.setSoTimeout(10_000);
            byte[] request = firstPackets(rig, 1).get(0);
            ByteBuffer.wrap(request).putInt(1, 0x0a1a2a3a);
            send(socket, rig, request);
            DatagramPacket answer = new DatagramPacket(new byte[2000], 2000);
            socket.receive(answer);
            assertThat(answer.getLength()).isLessThan(request.length);
            assertThat(ByteBuffer.wrap(answer.getData()).getInt(1))
                    .as("version negotiation")
                    .isZero();
        }
    }

    /** Good first packets of clients, which then say nothing more. */
    private static List<byte[]> firstPackets(Rig rig, int count) throws Exception {
        List<byte[]> packets = new ArrayList<>();
        try (DatagramSocket silent = new DatagramSocket(Rig.loopback(0));
                ClientEndpoint client = ClientEndpoint.open(TransportSettings.defaults())) {
            silent.setSoTimeout(10_000);
            for (int i = 0; i < count; i++) {
                CompletableFuture<Connection> connecting =
                        client.connect(
                                rig.target(silent.getLocalPort()),
                                Rig.listener(Rig.Echo::new, rig.clientEnds));
                DatagramPacket packet = new DatagramPacket(new byte[2000], 2000);
                silent.receive(packet);
                packets.add(Arrays.copyOf(packet.getData(), packet.getLength()));
                connecting.cancel(false);
            }
        }
        return packets;
    }

    private static void send(DatagramSocket socket, Rig rig, byte[] bytes) throws IOException {
        socket.send(new DatagramPacket(bytes, bytes.length, rig.server.address()));
    }
}
