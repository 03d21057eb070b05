package io.qight.transport;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Stands between one client and a server, like a NAT that forgets its mapping when told to. */
final class UdpForwarder implements AutoCloseable {
    private record BadPath(long delayMillis, int lossPercent, Random random) {
        synchronized boolean loses() {
            return random.nextInt(100) < lossPercent;
        }
    }

    private final InetSocketAddress server;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final DatagramSocket front;
    private final List<DatagramSocket> backs = new CopyOnWriteArrayList<>();
    private volatile DatagramSocket back;
    private volatile @Nullable SocketAddress client;
    private volatile boolean cut;
    private volatile boolean serverDeaf;
    private volatile @Nullable BadPath badPath;
    private final List<DatagramPacket> held = new ArrayList<>();
    private long lastHeldNanos;
    private boolean holding;

    UdpForwarder(InetSocketAddress server) throws IOException {
        this.server = server;
        this.front = new DatagramSocket(Rig.loopback(0));
        this.back = newBack();
        start("front", () -> pump(front, true));
    }

    int port() {
        return front.getLocalPort();
    }

    /** From now on the server sees the client at another port; the old one is deaf. */
    int changePort() throws IOException {
        DatagramSocket old = back;
        back = newBack();
        old.close();
        return back.getLocalPort();
    }

    /** From now on nothing gets through. */
    void cut() {
        cut = true;
    }

    /** From now on nothing reaches the server. */
    void deafenServer() {
        serverDeaf = true;
    }

    /** From now on datagrams arrive later, and some do not arrive, in both directions. */
    void spoil(long delayMillis, int lossPercent, long seed) {
        badPath = new BadPath(delayMillis, lossPercent, new Random(seed));
    }

    /** From now on the server's datagrams wait here. */
    synchronized void holdAnswers() {
        holding = true;
    }

    /** What waits, and all that comes later, reaches the client. */
    synchronized void letAnswersThrough() {
        holding = false;
        held.forEach(packet -> forward(front, packet));
        held.clear();
    }

    /** The same, and then nothing gets through. */
    synchronized void letAnswersThroughAndCut() {
        letAnswersThrough();
        cut = true;
    }

    /** How long ago the last of the server's datagrams that wait here came; 0 if none waits. */
    synchronized long quietMillis() {
        return held.isEmpty()
                ? 0
                : TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - lastHeldNanos);
    }

    @Override
    public void close() {
        front.close();
        backs.forEach(DatagramSocket::close);
        timer.shutdownNow();
    }

    private DatagramSocket newBack() throws IOException {
        DatagramSocket socket = new DatagramSocket(Rig.loopback(0));
        socket.setReceiveBufferSize(1 << 20);
        backs.add(socket);
        start("back", () -> pump(socket, false));
        return socket;
    }

    private void pump(DatagramSocket from, boolean fromClient) {
        byte[] bytes = new byte[65_535];
        try {
            while (true) {
                DatagramPacket packet = new DatagramPacket(bytes, bytes.length);
                from.receive(packet);
                if (fromClient && serverDeaf) {
                    continue;
                }
                if (fromClient) {
                    client = packet.getSocketAddress();
                    packet.setSocketAddress(server);
                    forward(back, packet);
                } else {
                    packet.setSocketAddress(Objects.requireNonNull(client));
                    if (!hold(packet)) {
                        forward(front, packet);
                    }
                }
            }
        } catch (IOException e) {
            if (!from.isClosed()) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private synchronized boolean hold(DatagramPacket packet) {
        if (holding) {
            held.add(copy(packet));
            lastHeldNanos = System.nanoTime();
        }
        return holding;
    }

    private static DatagramPacket copy(DatagramPacket packet) {
        byte[] bytes = Arrays.copyOf(packet.getData(), packet.getLength());
        return new DatagramPacket(bytes, bytes.length, packet.getSocketAddress());
    }

    private void forward(DatagramSocket to, DatagramPacket packet) {
        BadPath bad = badPath;
        if (cut || (bad != null && bad.loses())) {
            return;
        }
        if (bad == null) {
            send(to, packet);
            return;
        }
        DatagramPacket later = copy(packet);
        try {
            timer.schedule(() -> send(to, later), bad.delayMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            // The forwarder is closed: a datagram is lost.
        }
    }

    private static void send(DatagramSocket socket, DatagramPacket packet) {
        try {
            socket.send(packet);
        } catch (IOException e) {
            // The socket has just been replaced: a datagram is lost, as on any path.
            if (!socket.isClosed()) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static void start(String name, Runnable pump) {
        Thread thread = new Thread(pump, "forwarder-" + name);
        thread.setDaemon(true);
        thread.start();
    }
}
