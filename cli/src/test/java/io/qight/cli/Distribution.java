package io.qight.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What {@code mvn package} made. */
final class Distribution {
    private static final Path BUILT = Path.of(System.getProperty("qight.distribution"));

    private Distribution() {}

    /** The archive. */
    static Path archive() {
        return BUILT.resolveSibling(BUILT.getFileName() + ".tar.gz");
    }

    /** The directory that the archive unpacks to, as the build left it. */
    static Path directory() {
        return BUILT.resolve(BUILT.getFileName());
    }

    static Path launcher() {
        return directory().resolve("bin").resolve("qight");
    }

    /** Where the tests keep the archive of its classes, so that it is made once for all. */
    static Path cache() {
        return BUILT.resolveSibling("test-cache");
    }

    static List<String> libraries(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve("lib"))) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
