package io.qight.transport;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Where a client connects to, whom it trusts there and how long it waits.
 *
 * @param host a name or an address; the addresses of a name are tried in turn
 * @param port 1 to 65535
 * @param trust which certificates are accepted
 * @param alpn the protocol that the relay must speak
 * @param timeout for everything from the name's look-up to the end of the handshake
 * @param certificate what the client shows if the relay asks for it; null for none
 */
public record ConnectTarget(
        String host,
        int port,
        Trust trust,
        String alpn,
        Duration timeout,
        @Nullable TlsIdentity certificate) {
    public ConnectTarget {
        if (host.isBlank()) {
            throw new IllegalArgumentException("the host is empty");
        }
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException("a port is 1 to 65535, not " + port);
        }
        if (timeout.isNegative() || timeout.isZero()) {
            throw new IllegalArgumentException("the timeout is not positive: " + timeout);
        }
    }

    /** One that shows no certificate. */
    public ConnectTarget(String host, int port, Trust trust, String alpn, Duration timeout) {
        this(host, port, trust, alpn, timeout, null);
    }

    /** {@code host:port}, an IPv6 address in brackets. */
    public String address() {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}
