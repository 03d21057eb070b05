package io.qight.bench.peers;

import io.qight.transport.TlsIdentity;
import java.nio.file.Path;

/**
 * Where a server listens on this machine, and the directory of all its files.
 *
 * @param port of the loopback interface
 * @param directory of this server alone
 */
public record Place(int port, Path directory) {
    static final String HOST = "127.0.0.1";

    /** Makes the certificate and its key: ECDSA P-256, as a relay's own. */
    public void makeCertificate() {
        TlsIdentity.development(directory);
    }

    Path certificate() {
        return directory.resolve("relay-cert.pem");
    }

    Path key() {
        return directory.resolve("relay-key.pem");
    }
}
