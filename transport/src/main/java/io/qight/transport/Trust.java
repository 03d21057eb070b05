package io.qight.transport;

import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Which relay certificates a client accepts. There is no way to accept all.
 *
 * <p>A pinned certificate or fingerprint is accepted whatever host name and dates it bears: who
 * pins has decided on this very key, and a relay must not become unreachable because of a date. An
 * authority is asked for both.
 */
public sealed interface Trust {
    /**
     * Certificates that one of these authorities has signed, if host name and dates are right.
     *
     * @param authorities at least one
     */
    record Authority(List<X509Certificate> authorities) implements Trust {
        public Authority {
            authorities = List.copyOf(authorities);
            if (authorities.isEmpty()) {
                throw new IllegalArgumentException("trust in no authority");
            }
        }
    }

    /**
     * The one certificate whose DER has this SHA-256.
     *
     * @param sha256 64 lower-case hexadecimal digits
     */
    record Pinned(String sha256) implements Trust {
        private static final Pattern DIGITS = Pattern.compile("[0-9a-f]{64}");

        public Pinned {
            if (!DIGITS.matcher(sha256).matches()) {
                throw new TransportException.BadCertificateFile(
                        null,
                        "a fingerprint is 64 hexadecimal digits (the SHA-256 of a certificate),"
                                + " not \""
                                + sha256
                                + "\"",
                        null);
            }
        }
    }

    /** Trusts what the authorities in a PEM file have signed. */
    static Trust authority(Path pem) {
        return new Authority(CertificateFile.readAll(pem));
    }

    /** Trusts exactly the first certificate in a PEM or DER file. */
    static Trust certificate(Path pemOrDer) {
        return new Pinned(CertificateFile.fingerprint(CertificateFile.readAll(pemOrDer).get(0)));
    }

    /**
     * Trusts exactly the certificate with this SHA-256; {@code sha256:} before it, colons and upper
     * case are allowed.
     */
    static Trust fingerprint(String sha256) {
        String digits = sha256.strip().toLowerCase(Locale.ROOT);
        if (digits.startsWith("sha256:")) {
            digits = digits.substring("sha256:".length());
        }
        return new Pinned(digits.replace(":", ""));
    }

    /** Trusts a file as an authority if its first certificate is marked as one, else as itself. */
    static Trust file(Path file) {
        List<X509Certificate> certificates = CertificateFile.readAll(file);
        boolean authority = certificates.get(0).getBasicConstraints() >= 0;
        return authority
                ? new Authority(certificates)
                : new Pinned(CertificateFile.fingerprint(certificates.get(0)));
    }
}
