package io.qight.testkit;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;

/** One client as the relay sees it: a socket of its own. For the network's thread alone. */
final class Flow {
    static final int SOCKET_BUFFER_BYTES = 4 << 20;

    /** What the network remembers of one direction. */
    static final class Way {
        private long packets;
        private long lastReleaseNanos;

        /** The index of a packet that has just arrived. */
        long nextIndex() {
            return packets++;
        }

        /** The moment for a packet that keeps its place behind all before it. */
        long inOrder(long releaseNanos) {
            lastReleaseNanos = Math.max(lastReleaseNanos, releaseNanos);
            return lastReleaseNanos;
        }
    }

    private final long number;
    private final InetSocketAddress client;
    private final Way toRelay = new Way();
    private final Way toClient = new Way();
    private DatagramChannel channel;

    Flow(long number, InetSocketAddress client, Selector selector, InetSocketAddress relay)
            throws IOException {
        this.number = number;
        this.client = client;
        this.channel = open(selector, relay);
    }

    long number() {
        return number;
    }

    InetSocketAddress client() {
        return client;
    }

    DatagramChannel channel() {
        return channel;
    }

    Way way(Direction direction) {
        return direction == Direction.TO_RELAY ? toRelay : toClient;
    }

    /** From now on the relay sees this client at a new port; the old one is gone. */
    void rebind(Selector selector, InetSocketAddress relay) throws IOException {
        // The new one first: else it may get the port of the old one.
        DatagramChannel next = open(selector, relay);
        channel.close();
        channel = next;
    }

    void close() throws IOException {
        channel.close();
    }

    private DatagramChannel open(Selector selector, InetSocketAddress relay) throws IOException {
        DatagramChannel opened = DatagramChannel.open();
        try {
            opened.setOption(StandardSocketOptions.SO_RCVBUF, SOCKET_BUFFER_BYTES);
            opened.configureBlocking(false);
            opened.connect(relay);
            opened.register(selector, SelectionKey.OP_READ, this);
            return opened;
        } catch (IOException | RuntimeException e) {
            opened.close();
            throw e;
        }
    }
}
