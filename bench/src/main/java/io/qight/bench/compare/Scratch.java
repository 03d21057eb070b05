package io.qight.bench.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A directory that is removed with all that is in it. */
record Scratch(Path path) implements AutoCloseable {
    static Scratch in(Path parent) throws IOException {
        Files.createDirectories(parent);
        return new Scratch(Files.createTempDirectory(parent, "qight-compare-"));
    }

    @Override
    public void close() throws IOException {
        List<Path> files;
        try (Stream<Path> walked = Files.walk(path)) {
            files = walked.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path file : files) {
            Files.deleteIfExists(file);
        }
    }
}
