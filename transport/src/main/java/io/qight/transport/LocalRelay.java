package io.qight.transport;

import java.nio.file.Path;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Where a relay of this user on this machine keeps things, so that a client can find them. */
public final class LocalRelay {
    /** The port that relays listen at unless told otherwise. */
    public static final int DEFAULT_PORT = 4433;

    static final String CERTIFICATE_FILE = "relay-cert.pem";

    private LocalRelay() {}

    /**
     * {@code $QIGHT_DATA}, else {@code $XDG_DATA_HOME/qight}, else {@code ~/.local/share/qight}.
     */
    public static Path dataDirectory() {
        return dataDirectory(System::getenv, Path.of(System.getProperty("user.home")));
    }

    /** The certificate that a local relay makes for itself; it need not exist. */
    public static Path certificateFile() {
        return dataDirectory().resolve(CERTIFICATE_FILE);
    }

    static Path dataDirectory(UnaryOperator<@Nullable String> environment, Path home) {
        String data = environment.apply("QIGHT_DATA");
        if (data != null && !data.isEmpty()) {
            return Path.of(data);
        }
        String xdg = environment.apply("XDG_DATA_HOME");
        // The XDG specification has relative paths ignored.
        if (xdg != null && Path.of(xdg).isAbsolute()) {
            return Path.of(xdg, "qight");
        }
        return home.resolve(Path.of(".local", "share", "qight"));
    }
}
