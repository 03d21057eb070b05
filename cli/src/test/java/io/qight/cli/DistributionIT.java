package io.qight.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The archive as someone finds it who has only that. */
class DistributionIT {
    /** Artifact, version and classifier of a component (github.com/package-url/purl-spec). */
    private static final Pattern PACKAGE_URL =
            Pattern.compile(
                    "pkg:maven/[^/\"]+/([^@\"]+)@([^?\"]+)\\?(?:classifier=([^&\"]+)&)?type=jar");

    @TempDir Path directory;

    private Path unpacked;
    private Program qight;

    @BeforeEach
    void unpack() throws IOException, InterruptedException {
        Process tar =
                new ProcessBuilder("tar", "-xzf", Distribution.archive().toString())
                        .directory(directory.toFile())
                        .inheritIO()
                        .start();
        assertThat(tar.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(tar.exitValue()).isZero();
        unpacked = directory.resolve(Distribution.directory().getFileName());
        Path home = Files.createDirectory(directory.resolve("home"));
        qight = new Program(home).asInstalled().launcher(unpacked.resolve("bin").resolve("qight"));
    }

    @Test
    void itHasALicenseAndTheNativeCodeOfFivePlatforms() throws IOException {
        assertThat(unpacked.resolve("LICENSE")).isNotEmptyFile();
        assertThat(unpacked.resolve("bin").resolve("qight.cmd")).isNotEmptyFile();
        for (String platform :
                new String[] {
                    "linux-x86_64", "linux-aarch_64", "osx-x86_64", "osx-aarch_64", "windows-x86_64"
                }) {
            assertThat(Distribution.libraries(unpacked))
                    .anyMatch(name ->
                            name.matches("netty-codec-native-quic-.*-" + platform + "\\.jar"));
        }
        assertThat(Distribution.libraries(unpacked))
                .anyMatch(name -> name.matches("netty-transport-native-epoll-.*-linux-x86_64.jar"))
                .anyMatch(
                        name -> name.matches("netty-transport-native-epoll-.*-linux-aarch_64.jar"));
    }

    @Test
    void itsBillOfMaterialsNamesEachLibrary() throws IOException {
        Path bill = unpacked.resolve("qight.cdx.json");
        assumeTrue(Files.exists(bill), "a build without -DskipSbom");
        Set<String> named = new HashSet<>();
        Matcher url = PACKAGE_URL.matcher(Files.readString(bill));
        while (url.find()) {
            String classifier = url.group(3) == null ? "" : "-" + url.group(3);
            named.add(url.group(1) + "-" + url.group(2) + classifier + ".jar");
        }
        assertThat(named).containsAll(Distribution.libraries(unpacked));
    }

    @Test
    void itTellsItsVersion() {
        Program.Result version = qight.run("version").expect(Failures.DONE);
        assertThat(version.text()).startsWith("qight " + VersionCommand.version());
        assertThat(version.errors()).isEmpty();
    }

    @Test
    void itRunsTheDemo() {
        Program.Result demo = qight.run("demo").expect(Failures.DONE);
        assertThat(demo.text()).contains("alice", "bob", "hello");
        assertThat(demo.errors()).isEmpty();
    }

    @Test
    void aPlatformWithoutNativeCodeIsToldSo() {
        Program.Result send =
                qight.with("QIGHT_JAVA_OPTS", "-Dos.arch=riscv64")
                        .run("send", "bob", "hello", "--pin", "ab".repeat(32))
                        .expect(Failures.FAILED);
        assertThat(send.errors()).startsWith("qight: ").contains("riscv64").hasLineCount(1);
        assertThat(send.text()).isEmpty();
    }
}
