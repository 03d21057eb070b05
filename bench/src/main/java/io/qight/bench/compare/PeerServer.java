package io.qight.bench.compare;

import io.qight.bench.peers.Peer;
import io.qight.bench.peers.Place;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The server of a peer, on a free port of the loopback interface, until it is closed. */
final class PeerServer implements AutoCloseable {
    private static final Duration START_MAX = Duration.ofSeconds(20);
    private static final long LOOK_MILLIS = 20;

    private final Processes processes;
    private final Process process;
    private final Place place;

    private PeerServer(Processes processes, Process process, Place place) {
        this.processes = processes;
        this.process = process;
        this.place = place;
    }

    /** Returns when it takes connections. */
    static PeerServer start(Peer peer, Path program, Path directory, Processes processes)
            throws IOException, InterruptedException {
        Place place = new Place(freePort(), directory);
        place.makeCertificate();
        List<String> command = new ArrayList<>(List.of(program.toString()));
        command.addAll(peer.serverArguments(place));
        Path log = directory.resolve("server.log");
        PeerServer server = new PeerServer(processes, processes.start(command, log), place);
        try {
            server.awaitStart(log);
            return server;
        } catch (InterruptedException | IOException | RuntimeException e) {
            server.close();
            throw e;
        }
    }

    /** Where it is. */
    Place place() {
        return place;
    }

    @Override
    public void close() {
        processes.end(process);
    }

    private void awaitStart(Path log) throws IOException, InterruptedException {
        long end = System.nanoTime() + START_MAX.toNanos();
        while (!takesConnections()) {
            if (!process.isAlive() || System.nanoTime() - end > 0) {
                throw new MeasurementFailed(
                        "the server did not start: " + Processes.lastWords(log));
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
        }
    }

    private boolean takesConnections() {
        try (Socket socket = new Socket()) {
            socket.connect(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), place.port()), 1000);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
