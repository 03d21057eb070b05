package io.qight.relay.access;

import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;

/** See {@link AccessPolicy#certificates}. */
final class CertificatePolicy implements AccessPolicy {
    private final Clock clock;

    CertificatePolicy(Clock clock) {
        this.clock = clock;
    }

    @Override
    public Admission admit(Peer peer) {
        Optional<String> name = peer.certificateName();
        if (peer.certificate().isEmpty() || name.isEmpty()) {
            return new Admission.Stranger();
        }
        Owner owner = new Owner(name.get(), peer.certificate().get(), clock);
        // A session may outlive the certificate that it began with.
        return owner.stands()
                ? new Admission.Granted(owner)
                : new Admission.Refused("the certificate is out of its dates");
    }

    private record Owner(String name, X509Certificate certificate, Clock clock) implements Access {
        @Override
        public boolean maySend(String mailbox) {
            return true;
        }

        @Override
        public boolean mayFetch(String mailbox) {
            return mailbox.equals(name);
        }

        @Override
        public boolean stands() {
            Instant now = clock.instant();
            return !now.isBefore(certificate.getNotBefore().toInstant())
                    && !now.isAfter(certificate.getNotAfter().toInstant());
        }
    }
}
