package io.qight.relay;

import io.netty.channel.ChannelHandler;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.qight.relay.flow.LiveConnection;
import io.qight.relay.flow.RelayMeters;
import io.qight.transport.Connection;
import io.qight.transport.ConnectionAcceptor;
import io.qight.transport.ConnectionEnd;
import io.qight.transport.ConnectionListener;
import io.qight.wire.ErrorCode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** The relay's open connections. The protocol that a client chose picks who serves it. */
final class Connections implements ConnectionAcceptor {
    private final Map<String, Function<Connection, LiveConnection>> protocols;
    private final RelayMeters meters;
    private final Map<Connection, LiveConnection> open = new HashMap<>();
    private boolean draining;

    Connections(Map<String, Function<Connection, LiveConnection>> protocols, RelayMeters meters) {
        this.protocols = protocols;
        this.meters = meters;
    }

    @Override
    public ConnectionListener onConnection(Connection connection) {
        Function<Connection, LiveConnection> protocol = protocols.get(connection.alpn());
        if (protocol == null) {
            throw new IllegalStateException("no protocol " + connection.alpn());
        }
        LiveConnection live = protocol.apply(connection);
        synchronized (this) {
            open.put(connection, live);
            if (draining) {
                live.drain();
            }
        }
        meters.connectionOpened();
        return new Listed(connection, live);
    }

    /** Has all connections finish what is under way, those that come from now on too. */
    synchronized void drain() {
        draining = true;
        open.values().forEach(LiveConnection::drain);
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

    private synchronized void remove(Connection connection) {
        open.remove(connection);
        notifyAll();
    }

    private final class Listed implements ConnectionListener {
        private final Connection connection;
        private final LiveConnection live;

        Listed(Connection connection, LiveConnection live) {
            this.connection = connection;
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
                remove(connection);
            }
        }
    }
}
