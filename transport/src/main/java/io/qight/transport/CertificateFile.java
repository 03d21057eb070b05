package io.qight.transport;

import io.qight.transport.TransportException.BadCertificateFile;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.List;

/** Reads certificates from PEM and DER files; what is wrong is said with the file's name. */
final class CertificateFile {
    private CertificateFile() {}

    /** All certificates in the file, at least one. */
    static List<X509Certificate> readAll(Path file) {
        byte[] bytes = readBytes(file);
        if (bytes.length == 0) {
            throw new BadCertificateFile(file, "the certificate file " + file + " is empty", null);
        }
        try {
            List<X509Certificate> certificates =
                    CertificateFactory.getInstance("X.509")
                            .generateCertificates(new ByteArrayInputStream(bytes))
                            .stream()
                            .map(X509Certificate.class::cast)
                            .toList();
            if (!certificates.isEmpty()) {
                return certificates;
            }
        } catch (CertificateException e) {
            throw new BadCertificateFile(
                    file, "the file " + file + " does not hold a certificate in PEM or DER", e);
        }
        throw new BadCertificateFile(file, "the file " + file + " holds no certificate", null);
    }

    static byte[] readBytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            throw new BadCertificateFile(file, "the file " + file + " does not exist", e);
        } catch (IOException e) {
            throw new BadCertificateFile(
                    file, "the file " + file + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** The SHA-256 of the certificate's DER, in lower-case hexadecimal. */
    static String fingerprint(X509Certificate certificate) {
        return HexFormat.of().formatHex(sha256(certificate));
    }

    static byte[] sha256(X509Certificate certificate) {
        try {
            return sha256(certificate.getEncoded());
        } catch (CertificateEncodingException e) {
            throw new IllegalArgumentException("a certificate that cannot be encoded", e);
        }
    }

    /** SHA-256 of the SubjectPublicKeyInfo, read-only. */
    static ByteBuffer publicKeyHash(X509Certificate certificate) {
        return ByteBuffer.wrap(sha256(certificate.getPublicKey().getEncoded())).asReadOnlyBuffer();
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
