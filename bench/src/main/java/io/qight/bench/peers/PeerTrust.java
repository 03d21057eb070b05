package io.qight.bench.peers;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** Trusts the certificate of one server; TLS is that of the JDK. */
final class PeerTrust {
    private PeerTrust() {}

    static SSLContext context(Place place) throws GeneralSecurityException, IOException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, managers(place).getTrustManagers(), null);
        return context;
    }

    static TrustManagerFactory managers(Place place) throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        try (InputStream certificate = Files.newInputStream(place.certificate())) {
            store.setCertificateEntry(
                    "server",
                    CertificateFactory.getInstance("X.509").generateCertificate(certificate));
        }
        TrustManagerFactory managers =
                TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        managers.init(store);
        return managers;
    }
}
