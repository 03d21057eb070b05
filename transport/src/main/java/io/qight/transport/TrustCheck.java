package io.qight.transport;

import java.net.Socket;
import java.security.MessageDigest;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Judges a relay's certificate and keeps why it was refused, since the QUIC library tells only that
 * it was. Thread-safe.
 */
abstract class TrustCheck extends X509ExtendedTrustManager {
    /** Why an engine's certificate was refused, and the fingerprint that was seen. */
    record Refusal(String why, String fingerprint) {}

    private static final String ASKED = "qight.asked";

    private final Map<SSLEngine, Refusal> refusals = new ConcurrentHashMap<>();

    /**
     * Whether the certificate that this engine saw was judged. It is not when a connection goes on
     * from an earlier one, whose certificate was.
     */
    static boolean asked(SSLEngine engine) {
        return engine.getSession().getValue(ASKED) != null;
    }

    /** The refusal of the certificate that this engine saw, told once. */
    @Nullable Refusal refusal(SSLEngine engine) {
        return refusals.remove(engine);
    }

    /** Why these certificates, the relay's own first, are not trusted; null if they are. */
    abstract @Nullable String refuse(X509Certificate[] chain, String authType, SSLEngine engine);

    @Override
    public final void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        engine.getSession().putValue(ASKED, true);
        if (chain.length == 0) {
            throw new CertificateException("the relay showed no certificate");
        }
        String why = refuse(chain, authType, engine);
        if (why != null) {
            refusals.put(engine, new Refusal(why, CertificateFile.fingerprint(chain[0])));
            throw new CertificateException(why);
        }
    }

    @Override
    public final void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        throw new CertificateException("only QUIC connections are checked");
    }

    @Override
    public final void checkServerTrusted(X509Certificate[] chain, String authType)
            throws CertificateException {
        throw new CertificateException("only QUIC connections are checked");
    }

    @Override
    public final void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        throw new CertificateException("no client is trusted");
    }

    @Override
    public final void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        throw new CertificateException("no client is trusted");
    }

    @Override
    public final void checkClientTrusted(X509Certificate[] chain, String authType)
            throws CertificateException {
        throw new CertificateException("no client is trusted");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return new X509Certificate[0];
    }

    /** Accepts one certificate, by the SHA-256 of its DER. */
    static final class Pin extends TrustCheck {
        private final byte[] sha256;

        Pin(Trust.Pinned pinned) {
            sha256 = HexFormat.of().parseHex(pinned.sha256());
        }

        @Override
        @Nullable String refuse(X509Certificate[] chain, String authType, SSLEngine engine) {
            return MessageDigest.isEqual(sha256, CertificateFile.sha256(chain[0]))
                    ? null
                    : "it is not the one that is trusted, which has the fingerprint sha256:"
                            + HexFormat.of().formatHex(sha256);
        }
    }

    /** Accepts what an authority has signed for the host, while it is valid. */
    static final class Authority extends TrustCheck {
        private final X509ExtendedTrustManager authorities;

        Authority(X509ExtendedTrustManager authorities) {
            this.authorities = authorities;
        }

        @Override
        @Nullable String refuse(X509Certificate[] chain, String authType, SSLEngine engine) {
            try {
                authorities.checkServerTrusted(chain, authType, engine);
                return null;
            } catch (CertificateException e) {
                return why(chain, authType);
            }
        }

        private String why(X509Certificate[] chain, String authType) {
            try {
                chain[0].checkValidity();
                authorities.checkServerTrusted(chain, authType);
                return "it is not for this host";
            } catch (CertificateExpiredException e) {
                return "it expired on " + chain[0].getNotAfter().toInstant();
            } catch (CertificateNotYetValidException e) {
                return "it is not valid before " + chain[0].getNotBefore().toInstant();
            } catch (CertificateException e) {
                return "none of the trusted authorities has signed it";
            }
        }
    }
}
