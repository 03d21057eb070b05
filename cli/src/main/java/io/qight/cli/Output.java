package io.qight.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * Standard output as bytes. Unlike {@link System#out} it tells when writing fails, so that a full
 * disk or a closed pipe is never taken for success.
 */
final class Output implements AutoCloseable {
    private static final Path STANDARD_OUTPUT = Path.of("/dev/stdout");

    private final OutputStream out =
            new BufferedOutputStream(new FileOutputStream(FileDescriptor.out));
    private final boolean isFile = Files.isRegularFile(STANDARD_OUTPUT);

    private Output() {}

    /** The process's standard output. */
    static Output standard() {
        return new Output();
    }

    /** The bytes alone. */
    void bytes(byte[] bytes) throws IOException {
        out.write(bytes);
    }

    /** The text in UTF-8 and a line feed. */
    void line(String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
        out.write('\n');
    }

    /** One JSON object on a line of its own. */
    void jsonLine(Consumer<JsonObject> fields) throws IOException {
        line(JsonObject.text(fields));
    }

    /** Hands over what was written so far. */
    void flush() throws IOException {
        out.flush();
    }

    /** Hands over what was written so far; where the output is a file, to the disk. */
    void sync() throws IOException {
        out.flush();
        // A terminal or a pipe cannot be synced.
        if (isFile) {
            FileDescriptor.out.sync();
        }
    }

    /** Flushes. The stream itself stays open, since it is the process's. */
    @Override
    public void close() throws IOException {
        out.flush();
    }
}
