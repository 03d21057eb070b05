package io.qight.transport;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** Listens for QUIC connections. Thread-safe. */
public final class ServerEndpoint implements AutoCloseable {
    /** How often a free port is looked for when another program takes the one found. */
    private static final int FREE_PORT_TRIES = 5;

    private final InetSocketAddress address;
    private final EventLoops loops;
    private final ServerSocket socket;

    private ServerEndpoint(InetSocketAddress address, EventLoops loops, ServerSocket socket) {
        this.address = address;
        this.loops = loops;
        this.socket = socket;
    }

    /**
     * Listens; returns when connections can come.
     *
     * @throws TransportException.CannotBind if the address cannot be listened at
     * @throws TransportException.UnsupportedPlatform if there is no native code for this machine
     */
    public static ServerEndpoint bind(ServerConfig config, ConnectionAcceptor acceptor) {
        return bind(config, acceptor, Platform.require());
    }

    static ServerEndpoint bind(
            ServerConfig config, ConnectionAcceptor acceptor, Platform platform) {
        int count = platform.sharesPort() ? config.settings().eventLoops() : 1;
        EventLoops loops = EventLoops.own(platform, count);
        try {
            SharedPort port = new SharedPort(count);
            ServerSocket socket = new ServerSocket(config, platform, loops, acceptor, port);
            Bootstrap bootstrap = new Bootstrap().group(loops.group());
            platform.configure(bootstrap, config.settings(), count > 1);
            List<Bootstrap> bootstraps =
                    IntStream.range(0, count)
                            .mapToObj(i -> bootstrap.clone().handler(socket.initializer(i)))
                            .toList();
            List<Channel> sockets = bind(bootstraps, config.listen());
            sockets.forEach(loops::add);
            InetSocketAddress address = (InetSocketAddress) sockets.get(0).localAddress();
            every(
                    loops,
                    TicketKeys.PERIOD_MINUTES,
                    TimeUnit.MINUTES,
                    socket.tls().ticketKeys()::rotate);
            every(loops, TokenKeys.PERIOD_SECONDS, TimeUnit.SECONDS, socket.tokenKeys()::rotate);
            return new ServerEndpoint(address, loops, socket);
        } catch (IOException e) {
            loops.close();
            throw new TransportException.CannotBind(config.listen(), e);
        } catch (RuntimeException e) {
            loops.close();
            throw e;
        }
    }

    /** Where it listens, with the port that was taken. */
    public InetSocketAddress address() {
        return address;
    }

    /**
     * Shows another certificate to clients that connect from now on. Open connections stay as they
     * are, and so do session tickets for the rest of their lives, at most 10 min: who comes back
     * with one has seen the certificate of before.
     */
    public void renew(TlsIdentity identity) {
        socket.tls().renew(identity);
    }

    /**
     * Asks clients that connect from now on for certificates of other authorities. Open connections
     * stay as they are; session tickets from before are not taken, where the authorities differ.
     *
     * @throws IllegalStateException if it was bound to ask for none
     */
    public void renew(ClientCertificates clients) {
        socket.tls().renew(clients);
    }

    /** Handshakes that are open now. */
    public int handshakes() {
        return socket.handshakes().open();
    }

    /** How many clients were asked to prove their address before their handshake began. */
    public long retries() {
        return socket.handshakes().retries();
    }

    /** How many datagrams of handshakes were dropped, since their addresses sent too many. */
    public long handshakesDropped() {
        return socket.handshakes().drops();
    }

    TicketKeys ticketKeys() {
        return socket.tls().ticketKeys();
    }

    /** Closes all connections and ends the threads, within 5 s; not from an event loop. */
    @Override
    public void close() {
        loops.close();
    }

    private static void every(EventLoops loops, long period, TimeUnit unit, Runnable work) {
        loops.group().scheduleAtFixedRate(work, period, period, unit);
    }

    private static List<Channel> bind(List<Bootstrap> bootstraps, InetSocketAddress listen)
            throws IOException {
        if (listen.isUnresolved()) {
            throw new IOException("the host name is not known");
        }
        if (bootstraps.size() == 1) {
            return bindAll(bootstraps, listen);
        }
        for (int tries = 1; ; tries++) {
            try {
                InetAddress address = listen.getAddress();
                return bindAll(bootstraps, new InetSocketAddress(address, freePort(listen)));
            } catch (IOException e) {
                if (listen.getPort() != 0 || tries == FREE_PORT_TRIES) {
                    throw e;
                }
            }
        }
    }

    /**
     * Sockets that share a port share it with those of any program of this user, say a second
     * relay; so it is asked for alone first.
     */
    private static int freePort(InetSocketAddress listen) throws IOException {
        try (DatagramSocket socket = new DatagramSocket(listen)) {
            return socket.getLocalPort();
        }
    }

    /** All or none. */
    private static List<Channel> bindAll(List<Bootstrap> bootstraps, InetSocketAddress address)
            throws IOException {
        List<Channel> sockets = new ArrayList<>();
        for (Bootstrap bootstrap : bootstraps) {
            ChannelFuture bound = bootstrap.bind(address).awaitUninterruptibly();
            if (!bound.isSuccess()) {
                sockets.forEach(socket -> socket.close().awaitUninterruptibly());
                throw new IOException(bound.cause().getMessage(), bound.cause());
            }
            sockets.add(bound.channel());
        }
        return sockets;
    }
}
