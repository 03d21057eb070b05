package io.qight.relay;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerAdapter;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.qight.relay.flow.LiveConnection;
import io.qight.relay.flow.RelayMeters;
import io.qight.transport.AddressPrefix;
import io.qight.transport.Connection;
import io.qight.transport.ConnectionAcceptor;
import io.qight.transport.ConnectionEnd;
import io.qight.transport.ConnectionListener;
import io.qight.wire.ErrorCode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * The relay's open connections, which are bounded. The protocol that a client chose picks who
 * serves it.
 */
final class Connections implements ConnectionAcceptor {
    private final Map<String, Function<Connection, LiveConnection>> protocols;
    private final int max;
    private final int perAddressMax;
    private final RelayMeters meters;
    private final Map<Connection, LiveConnection> open = new HashMap<>();
    private final Map<AddressPrefix, Integer> byAddress = new HashMap<>();
    private int taken;
    private boolean draining;

    Connections(
            Map<String, Function<Connection, LiveConnection>> protocols,
            RelayLimits limits,
            RelayMeters meters) {
        this.protocols = protocols;
        this.max = limits.connectionsMax();
        this.perAddressMax = limits.connectionsPerAddressMax();
        this.meters = meters;
    }

    @Override
    public ConnectionListener onConnection(Connection connection) {
        Function<Connection, LiveConnection> protocol = protocols.get(connection.alpn());
        if (protocol == null) {
            throw new IllegalStateException("no protocol " + connection.alpn());
        }
        AddressPrefix address = AddressPrefix.of(connection.remoteAddress().getAddress());
        Optional<String> full = take(address);
        if (full.isPresent()) {
            return refuse(connection, full.get());
        }
        boolean served = false;
        try {
            LiveConnection live = protocol.apply(connection);
            add(connection, live);
            served = true;
            meters.connectionOpened();
            return new Listed(connection, address, live);
        } finally {
            if (!served) {
                // Nobody hears of the end of what has no listener.
                remove(connection, address);
            }
        }
    }

    /** Has all connections finish what is under way, those that come from now on too. */
    synchronized void drain() {
        draining = true;
        open.values().forEach(LiveConnection::drain);
    }

    /** Closes those whose clients were let in by what holds no more. */
    synchronized void checkAccess() {
        open.values().forEach(LiveConnection::checkAccess);
    }

    /** Waits until no connection is open, at most until then. */
    synchronized void awaitNone(long endNanos) throws InterruptedException {
        long left = endNanos - System.nanoTime();
        while (!open.isEmpty() && left > 0) {
            wait(Math.max(1, TimeUnit.NANOSECONDS.toMillis(left)));
            left = endNanos - System.nanoTime();
        }
    }

    /** Closes what is still open. */
    void close() {
        List<Connection> rest;
        synchronized (this) {
            rest = List.copyOf(open.keySet());
        }
        rest.forEach(connection ->
                connection.close(ErrorCode.DRAINING.number(), ErrorCode.DRAINING.sentence()));
    }

    /** Takes a place for a connection from there; else says why there is none. */
    private synchronized Optional<String> take(AddressPrefix address) {
        int here = byAddress.getOrDefault(address, 0);
        if (here >= perAddressMax) {
            return Optional.of("the address has " + here + " connections");
        } else if (taken >= max) {
            return Optional.of("the relay has " + taken + " connections");
        }
        taken++;
        byAddress.put(address, here + 1);
        return Optional.empty();
    }

    private synchronized void add(Connection connection, LiveConnection live) {
        open.put(connection, live);
        if (draining) {
            live.drain();
        }
    }

    private ConnectionListener refuse(Connection connection, String sentence) {
        meters.refused(ErrorCode.OVERLOADED, connection.remoteAddress().toString(), sentence);
        connection.close(ErrorCode.OVERLOADED.number(), sentence);
        return new Unserved();
    }

    private synchronized void remove(Connection connection, AddressPrefix address) {
        open.remove(connection);
        taken--;
        byAddress.computeIfPresent(address, (any, count) -> count == 1 ? null : count - 1);
        notifyAll();
    }

    /** Reads nothing, and waits for the end. */
    private static final class Unserved implements ConnectionListener {
        @Override
        public ChannelHandler onStream(QuicStreamChannel stream) {
            stream.config().setAutoRead(false);
            return new ChannelHandlerAdapter() {};
        }

        @Override
        public void onClosed(ConnectionEnd end) {}
    }

    private final class Listed implements ConnectionListener {
        private final Connection connection;
        private final AddressPrefix address;
        private final LiveConnection live;

        Listed(Connection connection, AddressPrefix address, LiveConnection live) {
            this.connection = connection;
            this.address = address;
            this.live = live;
        }

        @Override
        public ChannelHandler onStream(QuicStreamChannel stream) {
            return live.onStream(stream);
        }

        @Override
        public void onClosed(ConnectionEnd end) {
            try {
                live.onClosed(end);
            } finally {
                meters.connectionClosed();
                remove(connection, address);
            }
        }
    }
}
