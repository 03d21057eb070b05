package io.qight.transport;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.codec.quic.QuicSslEngine;
import io.netty.handler.ssl.ClientAuth;
import java.security.cert.X509Certificate;
import org.jspecify.annotations.Nullable;

/**
 * A server's TLS: the certificate that handshakes see which begin now, the authorities of clients'
 * certificates, and the keys of session tickets. Connections that are open keep what they began
 * with. Thread-safe.
 */
final class ServerTls {
    private final ServerConfig config;
    private final TicketKeys ticketKeys;
    private TlsIdentity identity;
    private @Nullable ClientCertificates clients;
    private volatile QuicSslContext context;

    ServerTls(ServerConfig config) {
        this.config = config;
        identity = config.identity();
        clients = config.clientCertificates();
        context = context(identity, clients);
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
        QuicSslContext made = context(next, clients);
        ticketKeys.move(
                made.sessionContext(), !next.publicKeyHash().equals(identity.publicKeyHash()));
        identity = next;
        context = made;
    }

    /**
     * Asks clients for certificates of other authorities from now on. No ticket from before is
     * taken, since it stands for a certificate that was judged by the authorities of before.
     *
     * @throws IllegalStateException if this server asks for none
     */
    synchronized void renew(ClientCertificates next) {
        if (clients == null) {
            throw new IllegalStateException("this server asks clients for no certificates");
        }
        if (next.equals(clients)) {
            return;
        }
        QuicSslContext made = context(identity, next);
        ticketKeys.restart(made.sessionContext());
        clients = next;
        context = made;
    }

    private QuicSslContext context(TlsIdentity shown, @Nullable ClientCertificates asked) {
        QuicSslContextBuilder builder =
                QuicSslContextBuilder.forServer(
                                shown.key(), null, shown.chain().toArray(X509Certificate[]::new))
                        .applicationProtocols(config.alpns().toArray(String[]::new))
                        .earlyData(config.earlyProtocol() != null);
        if (asked != null) {
            builder.trustManager(asked.authorities().toArray(X509Certificate[]::new))
                    .clientAuth(asked.required() ? ClientAuth.REQUIRE : ClientAuth.OPTIONAL);
        }
        return builder.build();
    }
}
