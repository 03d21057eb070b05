package io.qight.client;

import io.qight.client.v0.RelayConnection;
import io.qight.transport.ClientEndpoint;
import io.qight.transport.ConnectTarget;
import io.qight.transport.LocalRelay;
import io.qight.transport.TransportException;
import io.qight.transport.TransportSettings;
import io.qight.transport.Trust;
import io.qight.wire.ErrorCode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;

/** Makes connections to one relay, all from one endpoint and its one thread. Thread-safe. */
final class Dialer {
    private final ClientEndpoint endpoint;
    private final ConnectTarget target;
    private final ClientConfig config;

    private Dialer(ClientEndpoint endpoint, ConnectTarget target, ClientConfig config) {
        this.endpoint = endpoint;
        this.target = target;
        this.config = config;
    }

    /**
     * For the relay at an address.
     *
     * @throws RelayException if the address makes no sense, nothing can be trusted there, or there
     *     is no QUIC on this machine
     */
    static Dialer to(String address, ClientConfig config) {
        RelayAddress relay = RelayAddress.parse(address);
        Trust trust = config.trust().orElseGet(() -> localTrust(relay));
        ConnectTarget target =
                new ConnectTarget(
                        relay.host(),
                        relay.port(),
                        trust,
                        RelayConnection.ALPN,
                        config.connectTimeout());
        try {
            ClientEndpoint endpoint =
                    ClientEndpoint.open(TransportSettings.defaults().withEventLoops(1));
            return new Dialer(endpoint, target, config);
        } catch (TransportException e) {
            throw new ConnectFailedException(e.code(), String.valueOf(e.getMessage()));
        }
    }

    /** A new connection; fails with a {@link RelayException}. Completed on an event loop. */
    CompletableFuture<RelayConnection> open() {
        return RelayConnection.open(endpoint, target, config);
    }

    /** Ends the connections that are left, and the thread; not from an event loop. */
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
