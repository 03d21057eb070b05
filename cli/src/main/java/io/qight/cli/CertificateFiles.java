package io.qight.cli;

import io.qight.relay.Relay;
import io.qight.transport.TlsIdentity;
import java.nio.file.Path;

/** The files of a relay's certificate and its key, which may be replaced while it runs. */
final class CertificateFiles {
    private final Path certificate;
    private final Path key;
    private final WatchedFile watched;

    CertificateFiles(Path certificate, Path key) {
        this.certificate = certificate;
        this.key = key;
        this.watched = WatchedFile.of(certificate, key);
    }

    /** Those that a relay makes for itself in its data directory, made now if need be. */
    static CertificateFiles development(Path directory) {
        TlsIdentity.development(directory);
        return new CertificateFiles(
                DataDirectory.certificate(directory), DataDirectory.certificateKey(directory));
    }

    TlsIdentity read() {
        return TlsIdentity.pem(certificate, key);
    }

    /** From now on the relay shows what is in the files, when they change. */
    void renew(Relay relay) {
        watched.onChange(() -> {
            relay.renew(read());
            Failures.say("the certificate is " + relay.fingerprint() + " from now on");
        });
    }
}
