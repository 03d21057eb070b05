package io.qight.transport;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.codec.quic.QuicSslEngine;
import io.netty.handler.ssl.ClientAuth;
import java.security.cert.X509Certificate;

/**
 * A server's TLS: the certificate that handshakes see which begin now, and the keys of session
 * tickets. Connections that are open keep what they began with. Thread-safe.
 */
final class ServerTls {
    private final ServerConfig config;
    private final TicketKeys ticketKeys;
    private TlsIdentity identity;
    private volatile QuicSslContext context;

    ServerTls(ServerConfig config) {
        this.config = config;
        identity = config.identity();
        context = context(identity);
        ticketKeys = new TicketKeys(context.sessionContext());
    }

    /** For a connection that begins. */
    QuicSslEngine engine(ByteBufAllocator allocator) {
        return context.newEngine(allocator);
    }

    TicketKeys ticketKeys() {
        return ticketKeys;
    }

    /**
     * Shows another certificate from now on. Tickets from before are taken for the rest of their
     * lives: who comes back with one was sure of this server when it had the other certificate. No
     * more tickets are made with a key from before if the certificate's key is another.
     */
    synchronized void renew(TlsIdentity next) {
        QuicSslContext made = context(next);
        ticketKeys.move(
                made.sessionContext(), !next.publicKeyHash().equals(identity.publicKeyHash()));
        identity = next;
        context = made;
    }

    private QuicSslContext context(TlsIdentity shown) {
        QuicSslContextBuilder builder =
                QuicSslContextBuilder.forServer(
                                shown.key(), null, shown.chain().toArray(X509Certificate[]::new))
                        .applicationProtocols(config.alpns().toArray(String[]::new))
                        .earlyData(config.earlyProtocol() != null);
        ClientCertificates clients = config.clientCertificates();
        if (clients != null) {
            builder.trustManager(clients.authorities().toArray(X509Certificate[]::new))
                    .clientAuth(clients.required() ? ClientAuth.REQUIRE : ClientAuth.OPTIONAL);
        }
        return builder.build();
    }
}
