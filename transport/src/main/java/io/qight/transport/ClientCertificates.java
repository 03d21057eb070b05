package io.qight.transport;

import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * Which certificates of clients a server takes: those that one of these authorities has signed,
 * within their dates. A session that is resumed goes on with the certificate that it began with,
 * for as long as a ticket lives, at most 10 minutes; its dates are not looked at again.
 *
 * @param authorities at least one
 * @param required whether a client without one is refused in its handshake; a client learns of that
 *     only after it believes to be connected
 */
public record ClientCertificates(List<X509Certificate> authorities, boolean required) {
    /** Copies the list, and checks that it is not empty. */
    public ClientCertificates {
        authorities = List.copyOf(authorities);
        if (authorities.isEmpty()) {
            throw new IllegalArgumentException("no authority for the certificates of clients");
        }
    }

    /**
     * Signed by the authorities in a PEM file.
     *
     * @throws TransportException.BadCertificateFile if it cannot be read or holds none
     */
    public static ClientCertificates signedBy(Path pem, boolean required) {
        return new ClientCertificates(CertificateFile.readAll(pem), required);
    }
}
