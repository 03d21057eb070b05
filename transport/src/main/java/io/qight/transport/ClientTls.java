package io.qight.transport;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.codec.quic.QuicSslEngine;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * A client's TLS for one trust, protocol and certificate. It keeps the sessions of earlier
 * connections, so that a later one to the same relay is resumed; what resumes was trusted in the
 * same way. Thread-safe.
 */
final class ClientTls {
    /** Relays of which a session is kept, the latest of each. */
    private static final int SESSIONS_MAX = 256;

    /**
     * For so long connections may go on from those before: a relay that has another key since knows
     * its old one only that long, and each new ticket carries the old one on.
     */
    private static final long LIFE_NANOS = TimeUnit.MINUTES.toNanos(10);

    private final long bornNanos = System.nanoTime();
    private final TrustCheck check;
    private final QuicSslContext context;
    private final @Nullable String earlyAlpn;

    ClientTls(Trust trust, String alpn, @Nullable TlsIdentity certificate, boolean earlyData) {
        earlyAlpn = earlyData ? alpn : null;
        QuicSslContextBuilder builder =
                QuicSslContextBuilder.forClient()
                        .applicationProtocols(alpn)
                        .sessionCacheSize(SESSIONS_MAX)
                        .earlyData(earlyData);
        if (trust instanceof Trust.Authority authority) {
            check = new TrustCheck.Authority(trustManager(authority.authorities()));
            builder.endpointIdentificationAlgorithm("HTTPS");
        } else if (trust instanceof Trust.Pinned pinned) {
            check = new TrustCheck.Pin(pinned);
            builder.endpointIdentificationAlgorithm("");
        } else {
            throw new IllegalStateException("another kind of trust: " + trust);
        }
        if (certificate != null) {
            builder.keyManager(
                    certificate.key(), null, certificate.chain().toArray(X509Certificate[]::new));
        }
        context = builder.trustManager(check).build();
    }

    /** Whether its sessions may be too old for the relay, whatever tickets have come since. */
    boolean old() {
        return System.nanoTime() - bornNanos >= LIFE_NANOS;
    }

    /** The protocol of connections that begin before their handshake is done, if they may. */
    @Nullable String earlyAlpn() {
        return earlyAlpn;
    }

    QuicSslEngine engine(ByteBufAllocator allocator, ConnectTarget target) {
        return context.newEngine(allocator, target.host(), target.port());
    }

    TrustCheck.@Nullable Refusal refusal(SSLEngine engine) {
        return check.refusal(engine);
    }

    private static X509ExtendedTrustManager trustManager(List<X509Certificate> authorities) {
        try {
            KeyStore keys = KeyStore.getInstance(KeyStore.getDefaultType());
            keys.load(null, null);
            for (X509Certificate authority : authorities) {
                keys.setCertificateEntry("authority-" + keys.size(), authority);
            }
            TrustManagerFactory factory =
                    TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(keys);
            for (TrustManager manager : factory.getTrustManagers()) {
                if (manager instanceof X509ExtendedTrustManager extended) {
                    return extended;
                }
            }
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("every JDK can trust certificates", e);
        }
        throw new IllegalStateException("every JDK can trust certificates");
    }
}
