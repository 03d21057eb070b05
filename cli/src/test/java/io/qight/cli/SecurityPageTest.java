package io.qight.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** docs/security.md names the test of each claim: these have to exist. */
class SecurityPageTest {
    private static final Path ROOT = Path.of("..");
    private static final Pattern NAMED = Pattern.compile("`(\\w+(?:Test|IT))(?:\\.(\\w+))?`");

    @Test
    void theTestsOfItsClaimsExist() throws IOException {
        Matcher named = NAMED.matcher(Files.readString(ROOT.resolve("docs/security.md")));
        int count = 0;
        while (named.find()) {
            count++;
            assertThat(sources(named.group(1))).as(named.group(1)).isNotEmpty();
            String method = named.group(2);
            if (method != null) {
                assertThat(sources(named.group(1)))
                        .as(named.group())
                        .anyMatch(source -> source.contains("void " + method + "("));
            }
        }
        assertThat(count).isGreaterThan(50);
    }

    private static List<String> sources(String name) throws IOException {
        try (Stream<Path> modules = Files.list(ROOT)) {
            List<Path> roots =
                    modules.map(module -> module.resolve("src/test/java"))
                            .filter(Files::isDirectory)
                            .toList();
            return roots.stream().flatMap(root -> named(root, name + ".java")).toList();
        }
    }

    private static Stream<String> named(Path root, String file) {
        try (Stream<Path> files = Files.walk(root)) {
            List<Path> found = files.filter(path -> path.endsWith(file)).toList();
            return found.stream().map(SecurityPageTest::read);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
