package io.qight.transport;

import io.qight.transport.TransportException.BadCertificateFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The certificate that a server or a client shows, and the key that proves it. Immutable. */
public final class TlsIdentity {
    private static final Logger LOG = LoggerFactory.getLogger(TlsIdentity.class);

    private final List<X509Certificate> chain;
    private final PrivateKey key;

    private TlsIdentity(List<X509Certificate> chain, PrivateKey key) {
        this.chain = List.copyOf(chain);
        this.key = key;
    }

    /**
     * Reads a certificate, with its chain if it has one, and its key: EC or RSA, not encrypted. A
     * certificate out of its dates is used, with a warning in the log.
     *
     * @throws BadCertificateFile if a file is missing, is not what it should be, or the key is not
     *     the certificate's
     */
    public static TlsIdentity pem(Path certificate, Path key) {
        List<X509Certificate> chain = CertificateFile.readAll(certificate);
        PrivateKey privateKey = KeyFile.read(key);
        if (!matches(chain.get(0).getPublicKey(), privateKey)) {
            throw new BadCertificateFile(
                    key,
                    "the key " + key + " is not the key of the certificate " + certificate,
                    null);
        }
        try {
            chain.get(0).checkValidity();
        } catch (CertificateException e) {
            LOG.warn(
                    "the certificate {} is valid from {} to {}, not now",
                    certificate,
                    chain.get(0).getNotBefore().toInstant(),
                    chain.get(0).getNotAfter().toInstant());
        }
        return new TlsIdentity(chain, privateKey);
    }

    /**
     * The development certificate in this directory, made at first use and kept: {@code
     * relay-cert.pem}, the same as {@code relay-cert.der}, and {@code relay-key.pem}, which only
     * its owner may read. It is for localhost, 127.0.0.1 and ::1 and is not an authority. Processes
     * that start at once agree on one.
     *
     * @throws BadCertificateFile if the files cannot be made or read, or only one of certificate
     *     and key is there
     */
    public static TlsIdentity development(Path directory) {
        DevelopmentFiles files = new DevelopmentFiles(directory);
        files.ensure();
        return pem(files.certificate(), files.key());
    }

    /** The certificate itself, the first of the chain. */
    public X509Certificate certificate() {
        return chain.get(0);
    }

    /** The SHA-256 of the certificate's DER, 64 lower-case hexadecimal digits: what to pin. */
    public String fingerprint() {
        return CertificateFile.fingerprint(certificate());
    }

    /** What proofs made to this server name: see {@link Connection#peerKeyHash}. */
    public ByteBuffer publicKeyHash() {
        return CertificateFile.publicKeyHash(certificate());
    }

    List<X509Certificate> chain() {
        return chain;
    }

    PrivateKey key() {
        return key;
    }

    private static boolean matches(PublicKey publicKey, PrivateKey privateKey) {
        if (!publicKey.getAlgorithm().equals(privateKey.getAlgorithm())) {
            return false;
        }
        String algorithm =
                privateKey.getAlgorithm().equals("EC") ? "SHA256withECDSA" : "SHA256withRSA";
        byte[] sample = {1, 2, 3};
        try {
            Signature signer = Signature.getInstance(algorithm);
            signer.initSign(privateKey);
            signer.update(sample);
            byte[] signature = signer.sign();
            Signature verifier = Signature.getInstance(algorithm);
            verifier.initVerify(publicKey);
            verifier.update(sample);
            return verifier.verify(signature);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }
}
