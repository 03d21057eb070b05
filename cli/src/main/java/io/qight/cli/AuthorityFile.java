package io.qight.cli;

import io.qight.relay.Relay;
import io.qight.transport.ClientCertificates;
import java.nio.file.Path;

/** The file of the authorities of clients' certificates, which may be replaced meanwhile. */
final class AuthorityFile {
    private final Path file;
    private final boolean required;
    private final WatchedFile watched;

    AuthorityFile(Path file, boolean required) {
        this.file = file;
        this.required = required;
        this.watched = WatchedFile.of(file);
    }

    /**
     * Reads it.
     *
     * @throws io.qight.transport.TransportException.BadCertificateFile if it holds no certificate
     */
    ClientCertificates read() {
        return ClientCertificates.signedBy(file, required);
    }

    /** From now on the relay asks clients for certificates of those in the file, as it changes. */
    void renew(Relay relay) {
        watched.onChange(() -> {
            ClientCertificates next = read();
            relay.renew(next);
            Failures.say("authorities of clients' certificates: " + next.authorities().size());
        });
    }
}
