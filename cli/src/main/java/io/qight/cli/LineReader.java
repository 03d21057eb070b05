package io.qight.cli;

import io.qight.wire.Limits;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/** Reads lines of any bytes; only a line feed ends one, and it does not belong to it. */
final class LineReader {
    private final InputStream in;

    LineReader(InputStream in) {
        this.in = new BufferedInputStream(in, 1 << 16);
    }

    /**
     * The next line; empty at the end. Of one that cannot fit into an envelope, just enough to be
     * refused.
     */
    Optional<byte[]> next() throws IOException {
        int next = in.read();
        if (next < 0) {
            return Optional.empty();
        }
        ByteArrayOutputStream line = new ByteArrayOutputStream(128);
        for (; next >= 0 && next != '\n'; next = in.read()) {
            if (line.size() <= Limits.ENVELOPE_BYTES_MAX) {
                line.write(next);
            }
        }
        return Optional.of(line.toByteArray());
    }
}
