package io.qight.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LauncherIT {
    @TempDir Path home;

    private Program qight;

    @BeforeEach
    void program() {
        qight =
                new Program(home)
                        .asInstalled()
                        .with("XDG_CACHE_HOME", home.resolve("cache").toString());
    }

    @Test
    void itWorksThroughSymbolicLinksFromAnyDirectory() throws IOException {
        Path absolute = Files.createSymbolicLink(home.resolve("q"), Distribution.launcher());
        Path bin = Files.createDirectory(home.resolve("bin"));
        Path relative = Files.createSymbolicLink(bin.resolve("qight"), Path.of("..", "q"));
        Program.Result version =
                qight.launcher(relative).directory(Path.of("/")).run("version").expect(0);
        assertThat(version.text()).startsWith("qight ");
        assertThat(absolute).isSymbolicLink();
    }

    @Test
    void argumentsArriveAsTheyWereGiven() {
        Program.Result result = qight.run("send", "a b", "c", "*", "$HOME").expect(Failures.USAGE);
        assertThat(result.errors()).contains("'*', '$HOME'");
    }

    @Test
    void noJavaIsToldSo() {
        Program.Result result =
                qight.with("JAVA_HOME", home.toString()).run("version").expect(Failures.FAILED);
        assertThat(result.errors())
                .isEqualTo(
                        "qight: JAVA_HOME is %s, but there is no bin/java in it%n".formatted(home));
    }

    @Test
    void anOldJavaIsToldSo() throws IOException {
        Path java = home.resolve("jdk").resolve("bin").resolve("java");
        Files.createDirectories(java.getParent());
        Files.writeString(java, "#!/bin/sh\nexit 99\n");
        Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.writeString(home.resolve("jdk").resolve("release"), "JAVA_VERSION=\"11.0.2\"\n");
        Program.Result result =
                qight.with("JAVA_HOME", home.resolve("jdk").toString())
                        .run("version")
                        .expect(Failures.FAILED);
        assertThat(result.errors()).contains("is Java 11.0.2; Qight needs 17 or newer");
    }

    @Test
    void theArchiveOfClassesIsMadeOnceAndByOneOfManyAtOnce() throws IOException {
        List<CompletableFuture<Program.Result>> runs =
                Stream.generate(() -> CompletableFuture.supplyAsync(this::fetchFromNobody))
                        .limit(4)
                        .toList();
        for (CompletableFuture<Program.Result> run : runs) {
            run.join().expect(Failures.RETRY);
        }
        List<Path> archives = archives();
        assertThat(archives).hasSize(1);
        assertThat(archives.get(0)).isNotEmptyFile().hasExtension("jsa");
        Object made = Files.getLastModifiedTime(archives.get(0));
        fetchFromNobody();
        assertThat(archives()).hasSize(1);
        assertThat((Object) Files.getLastModifiedTime(archives.get(0))).isEqualTo(made);
        assertThat(qight.with("QIGHT_JAVA_OPTS", "-Xshare:on").run("version").expect(0).errors())
                .as("the virtual machine accepts the archive")
                .isEmpty();
    }

    @Test
    void aCacheThatCannotBeWrittenHarmsNothing() throws IOException {
        Files.writeString(home.resolve("cache"), "not a directory");
        assertThat(fetchFromNobody().expect(Failures.RETRY).errors()).startsWith("qight: ");
    }

    @Test
    void aBrokenArchiveHarmsNothing() throws IOException {
        fetchFromNobody();
        Files.writeString(archives().get(0), "broken");
        Program.Result again = fetchFromNobody().expect(Failures.RETRY);
        assertThat(again.text()).isEmpty();
        assertThat(again.errors()).hasLineCount(1);
    }

    private Program.Result fetchFromNobody() {
        return qight.run(
                "fetch",
                "bob",
                "--relay",
                "127.0.0.1:9",
                "--pin",
                "ab".repeat(32),
                "--timeout",
                "300ms");
    }

    private List<Path> archives() throws IOException {
        try (Stream<Path> files = Files.list(home.resolve("cache").resolve("qight"))) {
            return files.toList();
        }
    }
}
