package io.qight.cli;

import io.qight.identity.Grant;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** A grant in a file, as {@code qight grant} prints it. */
final class GrantFile {
    private static final int BYTES_MAX = 4096;

    private GrantFile() {}

    /**
     * Reads it.
     *
     * @throws io.qight.wire.ProtocolException if there is none in the file
     */
    static Grant read(Path file) throws IOException {
        try (var in = Files.newInputStream(file)) {
            return Grant.ofText(new String(in.readNBytes(BYTES_MAX), StandardCharsets.US_ASCII));
        }
    }
}
