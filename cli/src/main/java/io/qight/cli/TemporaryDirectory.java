package io.qight.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A directory that is removed with all that is in it. */
final class TemporaryDirectory implements AutoCloseable {
    private final Path path;

    private TemporaryDirectory(Path path) {
        this.path = path;
    }

    /** A new one, in the one given or where this system keeps such. */
    static TemporaryDirectory create(Optional<Path> parent, String prefix) throws IOException {
        if (parent.isEmpty()) {
            return new TemporaryDirectory(Files.createTempDirectory(prefix));
        }
        Files.createDirectories(parent.get());
        return new TemporaryDirectory(Files.createTempDirectory(parent.get(), prefix));
    }

    Path path() {
        return path;
    }

    @Override
    public void close() throws IOException {
        List<Path> files;
        try (Stream<Path> walked = Files.walk(path)) {
            files = walked.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path file : files) {
            Files.delete(file);
        }
    }
}
