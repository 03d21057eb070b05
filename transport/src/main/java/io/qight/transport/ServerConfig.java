package io.qight.transport;

import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link ServerEndpoint} needs.
 *
 * @param listen the address to listen at; port 0 takes a free one. A host with several addresses in
 *     one network listens at one of them: from all of them ({@code 0.0.0.0}, {@code ::}) it answers
 *     with the address that its routes choose, which clients of another one ignore
 * @param identity the certificate and key that it shows
 * @param alpns the protocols it speaks; a client that offers none of them is refused
 * @param settings limits and tuning
 * @param budget what bytes held for connections are counted in
 * @param earlyProtocol tells which protocol is spoken by a client that comes back and sends before
 *     the handshake is done, which an attacker can replay; what it does not tell waits unread for
 *     the handshake, which no replay completes. Null if clients may send nothing before
 * @param clientCertificates which certificates of clients are asked for; null if none. Then there
 *     is no early data: it comes before it is known whose it is
 * @param handshakes how many may be open at a time
 */
public record ServerConfig(
        InetSocketAddress listen,
        TlsIdentity identity,
        List<String> alpns,
        TransportSettings settings,
        ByteBudget budget,
        @Nullable EarlyProtocol earlyProtocol,
        @Nullable ClientCertificates clientCertificates,
        HandshakeQuota handshakes) {
    public ServerConfig {
        alpns = List.copyOf(alpns);
        if (alpns.isEmpty()) {
            throw new IllegalArgumentException("a server speaks at least one protocol");
        }
        if (earlyProtocol != null && clientCertificates != null) {
            throw new IllegalArgumentException("early data has no certificate");
        }
    }

    /** One with the usual quota of handshakes, that asks for no certificates. */
    public ServerConfig(
            InetSocketAddress listen,
            TlsIdentity identity,
            List<String> alpns,
            TransportSettings settings,
            ByteBudget budget,
            @Nullable EarlyProtocol earlyProtocol) {
        this(listen, identity, alpns, settings, budget, earlyProtocol, null, HandshakeQuota.USUAL);
    }

    /** The same, that takes no early data. */
    public ServerConfig(
            InetSocketAddress listen,
            TlsIdentity identity,
            List<String> alpns,
            TransportSettings settings,
            ByteBudget budget) {
        this(listen, identity, alpns, settings, budget, null);
    }
}
