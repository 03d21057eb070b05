package io.qight.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A socket whose packets hold a number each; it may send back what it gets. */
final class UdpPeer implements AutoCloseable {
    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    private final DatagramSocket socket;
    private final boolean echoes;
    private final Set<Integer> ports = ConcurrentHashMap.newKeySet();
    private final BlockingQueue<Integer> arrived = new LinkedBlockingQueue<>();

    private UdpPeer(boolean echoes) {
        this.echoes = echoes;
        try {
            socket = new DatagramSocket(new InetSocketAddress(loopback(), 0));
            socket.setReceiveBufferSize(1 << 20);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread reader = new Thread(this::read, "udp-peer");
        reader.setDaemon(true);
        reader.start();
    }

    static UdpPeer echo() {
        return new UdpPeer(true);
    }

    static UdpPeer silent() {
        return new UdpPeer(false);
    }

    InetSocketAddress address() {
        return (InetSocketAddress) socket.getLocalSocketAddress();
    }

    /** From which ports it has heard. */
    Set<Integer> ports() {
        return ports;
    }

    void send(int number, InetSocketAddress to) {
        send(number, 4, to);
    }

    void send(int number, int sizeBytes, InetSocketAddress to) {
        byte[] bytes = ByteBuffer.allocate(sizeBytes).putInt(number).array();
        try {
            socket.send(new DatagramPacket(bytes, bytes.length, to));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The next so many, in the order of their arrival. */
    List<Integer> take(int count) {
        List<Integer> taken = new ArrayList<>();
        while (taken.size() < count) {
            Integer next = poll(TIMEOUT);
            if (next == null) {
                throw new AssertionError(count + " were awaited, only came: " + taken);
            }
            taken.add(next);
        }
        return taken;
    }

    /** All that come until none came for so long. */
    List<Integer> takeUntilQuiet(Duration quiet) {
        List<Integer> taken = new ArrayList<>();
        for (Integer next = poll(quiet); next != null; next = poll(quiet)) {
            taken.add(next);
        }
        return taken;
    }

    boolean hasOneWithin(Duration wait) {
        return poll(wait) != null;
    }

    @Override
    public void close() {
        socket.close();
    }

    private Integer poll(Duration wait) {
        try {
            return arrived.poll(wait.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private void read() {
        byte[] bytes = new byte[65_535];
        try {
            while (true) {
                DatagramPacket packet = new DatagramPacket(bytes, bytes.length);
                socket.receive(packet);
                ports.add(packet.getPort());
                if (echoes) {
                    socket.send(packet);
                } else {
                    arrived.add(ByteBuffer.wrap(bytes).getInt());
                }
            }
        } catch (IOException e) {
            if (!socket.isClosed()) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static InetAddress loopback() {
        return InetAddress.getLoopbackAddress();
    }
}
