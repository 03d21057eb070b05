package io.qight.relay;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Stands between one client and a relay, keeps what the client sends and can send it again, as
 * someone who listens on the path can; can hold back what the relay answers, and keep from it what
 * the client says.
 */
final class Tape implements AutoCloseable {
    private final InetSocketAddress relay;
    private final DatagramSocket front = socket();
    private final DatagramSocket back = socket();
    private final DatagramSocket again = socket();
    private final List<byte[]> kept = new ArrayList<>();
    private final List<byte[]> held = new ArrayList<>();
    private final AtomicInteger answersToReplay = new AtomicInteger();
    private @Nullable SocketAddress client;
    private boolean recording;
    private boolean holding;
    private boolean deaf;

    Tape(InetSocketAddress relay) {
        this.relay = relay;
        pump(front, this::fromClient);
        pump(back, packet -> fromRelay(bytes(packet)));
        pump(again, packet -> answersToReplay.incrementAndGet());
    }

    InetSocketAddress address() {
        return (InetSocketAddress) front.getLocalSocketAddress();
    }

    /** From now on the relay's datagrams wait here. */
    synchronized void holdAnswers() {
        holding = true;
    }

    /** What waits, and all that comes later, reaches the client. */
    synchronized void letAnswersThrough() {
        holding = false;
        held.forEach(bytes -> send(front, bytes, client));
        held.clear();
    }

    /** Whether the relay hears the client from now on. */
    synchronized void deafenRelay(boolean deafened) {
        deaf = deafened;
    }

    /** From now on what the client sends is kept; what was kept before is forgotten. */
    synchronized void record() {
        kept.clear();
        recording = true;
    }

    /** Nothing more is kept. */
    synchronized void stop() {
        recording = false;
    }

    /** Says to the relay again, from another address, all that was kept. */
    synchronized void replay() {
        kept.forEach(bytes -> send(again, bytes, relay));
    }

    /** How many datagrams the relay has answered replays with. */
    int answersToReplay() {
        return answersToReplay.get();
    }

    @Override
    public void close() {
        front.close();
        back.close();
        again.close();
    }

    private synchronized void fromClient(DatagramPacket packet) {
        client = packet.getSocketAddress();
        if (recording) {
            kept.add(bytes(packet));
        }
        if (!deaf) {
            send(back, bytes(packet), relay);
        }
    }

    private synchronized void fromRelay(byte[] bytes) {
        if (holding) {
            held.add(bytes);
        } else {
            send(front, bytes, client);
        }
    }

    private static byte[] bytes(DatagramPacket packet) {
        return Arrays.copyOf(packet.getData(), packet.getLength());
    }

    private static void send(DatagramSocket from, byte[] bytes, @Nullable SocketAddress to) {
        try {
            from.send(new DatagramPacket(bytes, bytes.length, to));
        } catch (IOException e) {
            if (!from.isClosed()) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static DatagramSocket socket() {
        try {
            return new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void pump(DatagramSocket from, Consumer<DatagramPacket> to) {
        Thread thread =
                new Thread(
                        () -> {
                            byte[] bytes = new byte[65_535];
                            while (!from.isClosed()) {
                                DatagramPacket packet = new DatagramPacket(bytes, bytes.length);
                                try {
                                    from.receive(packet);
                                } catch (IOException e) {
                                    continue;
                                }
                                to.accept(packet);
                            }
                        },
                        "tape");
        thread.setDaemon(true);
        thread.start();
    }
}
