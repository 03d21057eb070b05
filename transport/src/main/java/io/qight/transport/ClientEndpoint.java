package io.qight.transport;

import io.netty.util.NetUtil;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Makes QUIC connections, each with a UDP socket of its own. Thread-safe. */
public final class ClientEndpoint implements AutoCloseable {
    private static final int LOOKUPS_MAX = 4;

    /** The addresses of a host, in the order in which they are tried. */
    @FunctionalInterface
    interface Lookup {
        InetAddress[] addresses(String host) throws UnknownHostException;
    }

    private record TlsKey(
            Trust trust, String alpn, @Nullable TlsIdentity certificate, boolean earlyData) {
        ClientTls fresh() {
            return new ClientTls(trust, alpn, certificate, earlyData);
        }
    }

    private final TransportSettings settings;
    private final Platform platform;
    private final Lookup lookup;
    private final EventLoops loops;
    private final Set<Connecting> connecting = ConcurrentHashMap.newKeySet();
    private final Map<TlsKey, ClientTls> tls = new ConcurrentHashMap<>();

    /** Looking up a name blocks, and nothing can interrupt it. */
    private final ThreadPoolExecutor lookups =
            new ThreadPoolExecutor(
                    LOOKUPS_MAX,
                    LOOKUPS_MAX,
                    1,
                    TimeUnit.SECONDS,
                    new LinkedBlockingQueue<>(),
                    new DefaultThreadFactory("qight-lookup", true));

    private ClientEndpoint(
            TransportSettings settings, Platform platform, Lookup lookup, EventLoops loops) {
        this.settings = settings;
        this.platform = platform;
        this.lookup = lookup;
        this.loops = loops;
        lookups.allowCoreThreadTimeOut(true);
    }

    /**
     * An endpoint with these settings; its threads start with the first connections.
     *
     * @throws TransportException.UnsupportedPlatform if there is no native code for this machine
     */
    public static ClientEndpoint open(TransportSettings settings) {
        return open(settings, InetAddress::getAllByName, Platform.require());
    }

    /**
     * The same, with all its connections on one thread, which it may share with others of this kind
     * in this process; the settings' event loops do not count.
     *
     * @throws TransportException.UnsupportedPlatform if there is no native code for this machine
     */
    public static ClientEndpoint openOnSharedLoop(TransportSettings settings) {
        Platform platform = Platform.require();
        return new ClientEndpoint(
                settings, platform, InetAddress::getAllByName, EventLoops.shared(platform));
    }

    static ClientEndpoint open(TransportSettings settings, Lookup lookup, Platform platform) {
        EventLoops loops = EventLoops.own(platform, settings.eventLoops());
        return new ClientEndpoint(settings, platform, lookup, loops);
    }

    /**
     * Connects, within the target's timeout. The future completes on the connection's event loop,
     * or fails with a {@link TransportException}, or is cancelled by the caller. The listener hears
     * nothing of a connection that was not made.
     */
    public CompletableFuture<Connection> connect(
            ConnectTarget target, ConnectionListener listener) {
        return connect(target, listener, false);
    }

    /**
     * The same, but if an earlier connection of this method to the same relay has left a session
     * ticket, the connection is there at once, before the relay has answered. Streams may be opened
     * on it and written to, a few and little: it is sent as early data, which an attacker can
     * replay, and which the relay has for certain only when it answers it. {@link
     * Connection#handshakeDone} tells whether the relay is there and trusted. Of several addresses
     * only the first is tried then. A ticket is used once; each connection leaves a new one.
     */
    public CompletableFuture<Connection> connectEarly(
            ConnectTarget target, ConnectionListener listener) {
        return connect(target, listener, true);
    }

    /**
     * Closes all connections, and ends the threads that no other endpoint uses, within 5 s; not
     * from an event loop.
     */
    @Override
    public void close() {
        loops.beginClose();
        connecting.forEach(begun -> begun.fail(closed()));
        lookups.shutdownNow();
        loops.close();
    }

    private CompletableFuture<Connection> connect(
            ConnectTarget target, ConnectionListener listener, boolean earlyData) {
        ClientTls targetTls =
                tls.compute(
                        new TlsKey(target.trust(), target.alpn(), target.certificate(), earlyData),
                        (key, known) -> known == null || known.old() ? key.fresh() : known);
        ConnectAttempt.Factory attempts =
                new ConnectAttempt.Factory(settings, platform, loops, targetTls);
        Connecting begun = new Connecting(target, listener, attempts, loops.group().next());
        connecting.add(begun);
        begun.result().whenComplete((connection, failure) -> connecting.remove(begun));
        if (loops.closed()) {
            begun.fail(closed());
        } else {
            begin(begun, target.host());
        }
        return begun.result();
    }

    private void begin(Connecting begun, String host) {
        byte[] literal = NetUtil.createByteArrayFromIpAddressString(host);
        try {
            if (literal != null) {
                begun.begin(InetAddress.getByAddress(host, literal));
            } else {
                lookups.execute(() -> lookUp(begun, host));
            }
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address has 4 or 16 bytes", e);
        } catch (RejectedExecutionException e) {
            begun.fail(closed());
        }
    }

    private void lookUp(Connecting begun, String host) {
        try {
            begun.begin(lookup.addresses(host));
        } catch (UnknownHostException e) {
            begun.fail(
                    new TransportException.CannotConnect("the host " + host + " is not known", e));
        }
    }

    private static TransportException closed() {
        return new TransportException.EndpointClosed("the client is closed");
    }
}
