package io.qight.relay.access;

import io.qight.wire.MailboxName;
import io.qight.wire.ProtocolException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;

/** Finds the name in a certificate; the rule is {@link Peer#certificateName}'s. */
final class CertificateName {
    private static final int EMAIL = 1;
    private static final int DNS = 2;
    private static final int URI = 6;

    private CertificateName() {}

    static Optional<String> of(X509Certificate certificate) {
        return alternative(certificate, DNS)
                .or(() -> alternative(certificate, URI))
                .or(() -> alternative(certificate, EMAIL))
                .or(() -> commonName(certificate))
                .filter(CertificateName::isMailbox);
    }

    private static Optional<String> alternative(X509Certificate certificate, int kind) {
        try {
            Collection<List<?>> names = certificate.getSubjectAlternativeNames();
            return names == null
                    ? Optional.empty()
                    : names.stream()
                            .filter(name -> name.get(0).equals(kind))
                            .map(name -> (String) name.get(1))
                            .findFirst();
        } catch (CertificateParsingException e) {
            return Optional.empty();
        }
    }

    /** The first one as certificates are written, which an {@link LdapName} holds backwards. */
    private static Optional<String> commonName(X509Certificate certificate) {
        try {
            LdapName subject = new LdapName(certificate.getSubjectX500Principal().getName());
            return subject.getRdns().stream()
                    .filter(rdn -> rdn.getType().equalsIgnoreCase("CN"))
                    .map(Rdn::getValue)
                    .filter(value -> value instanceof String)
                    .map(value -> (String) value)
                    .findFirst();
        } catch (InvalidNameException e) {
            return Optional.empty();
        }
    }

    private static boolean isMailbox(String name) {
        try {
            return !new MailboxName(name).keyAddressed();
        } catch (ProtocolException e) {
            return false;
        }
    }
}
