package io.qight.cli;

import io.qight.transport.LocalRelay;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where a relay keeps its things, and what they are called there. */
final class DataDirectory {
    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = {
                "The relay's data directory. Default: $QIGHT_DATA, else $XDG_DATA_HOME/qight, else"
                        + " ~/.local/share/qight."
            })
    private @Nullable Path option;

    /** The directory itself. */
    Path path() {
        return (option != null ? option : LocalRelay.dataDirectory()).toAbsolutePath().normalize();
    }

    /** Whether it is the one that commands look in when they are told nothing. */
    boolean isDefault() {
        return path().equals(LocalRelay.dataDirectory().toAbsolutePath().normalize());
    }

    /** The certificate that a relay makes for itself there. */
    Path certificate() {
        return certificate(path());
    }

    /** The same of another data directory. */
    static Path certificate(Path data) {
        return data.resolve(LocalRelay.certificateFile().getFileName());
    }

    /** Its key. */
    static Path certificateKey(Path data) {
        return data.resolve("relay-key.pem");
    }

    /** The segments of the store. */
    static Path store(Path data) {
        return data.resolve("store");
    }

    /** The socket by which {@code qight stat} asks. */
    static Path adminSocket(Path data) {
        return data.resolve("admin.sock");
    }
}
