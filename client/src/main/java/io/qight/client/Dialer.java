package io.qight.client;

import io.qight.transport.ClientEndpoint;
import io.qight.transport.ConnectTarget;
import io.qight.transport.Connection;
import io.qight.transport.ConnectionListener;
import io.qight.transport.LocalRelay;
import io.qight.transport.TransportException;
import io.qight.transport.TransportSettings;
import io.qight.transport.Trust;
import io.qight.wire.ErrorCode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** Makes connections to one relay, all from one endpoint and its one thread. Thread-safe. */
final class Dialer {
    private final ClientEndpoint endpoint;
    private final ConnectTarget target;

    private Dialer(ClientEndpoint endpoint, ConnectTarget target) {
        this.endpoint = endpoint;
        this.target = target;
    }

    /**
     * For the relay at an address, and the protocol of an ALPN.
     *
     * @throws RelayException if the address makes no sense, nothing can be trusted there, or there
     *     is no QUIC on this machine
     */
    static Dialer to(String address, String alpn, ClientConfig config) {
        RelayAddress relay = RelayAddress.parse(address);
        Trust trust = config.trust().orElseGet(() -> localTrust(relay));
        ConnectTarget target =
                new ConnectTarget(
                        relay.host(),
                        relay.port(),
                        trust,
                        alpn,
                        config.connectTimeout(),
                        config.certificate().orElse(null));
        try {
            return new Dialer(
                    ClientEndpoint.openOnSharedLoop(TransportSettings.defaults()), target);
        } catch (TransportException e) {
            throw new ConnectFailedException(e.code(), String.valueOf(e.getMessage()));
        }
    }

    /**
     * A new connection; fails with a {@link TransportException}. Completed on the event loop, at
     * once if an earlier connection has left a ticket: {@link Connection#handshakeDone} tells then
     * whether the relay is there and trusted.
     *
     * @param timeout how long to try, at most the configured one
     */
    CompletableFuture<Connection> connect(ConnectionListener listener, Duration timeout) {
        Duration shorter = timeout.compareTo(target.timeout()) < 0 ? timeout : target.timeout();
        ConnectTarget now =
                new ConnectTarget(
                        target.host(),
                        target.port(),
                        target.trust(),
                        target.alpn(),
                        shorter,
                        target.certificate());
        return endpoint.connectEarly(now, listener);
    }

    /** The same for as long as configured, and with the handshake done. */
    CompletableFuture<Connection> connect(ConnectionListener listener) {
        return endpoint.connect(target, listener);
    }

    /**
     * Ends the connections that are left, and the threads if no other client uses them; not from an
     * event loop.
     */
    void close() {
        endpoint.close();
    }

    private static Trust localTrust(RelayAddress relay) {
        if (!relay.loopback()) {
            throw untrusted(relay, "it is not on this machine");
        }
        Path file = LocalRelay.certificateFile();
        if (!Files.exists(file)) {
            throw untrusted(relay, "no relay of this user has left one at " + file);
        }
        try {
            return Trust.file(file);
        } catch (TransportException e) {
            throw untrusted(relay, String.valueOf(e.getMessage()));
        }
    }

    private static UntrustedException untrusted(RelayAddress relay, String why) {
        return new UntrustedException(
                ErrorCode.UNTRUSTED,
                "no certificate is known to trust for "
                        + relay
                        + " ("
                        + why
                        + "): give one with ClientConfig.withTrust, as Trust.file(path) or"
                        + " Trust.fingerprint(sha256)");
    }
}
