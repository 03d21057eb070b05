import static java.util.stream.Collectors.joining;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/**
 * Reads the reports of all tests and says in its last line how many ran, and which could not and
 * why: a machine without what a test needs must not look like one where everything passed.
 *
 * <p>{@code java .ci/NotRun.java ROOT [--strict]}: with {@code --strict} it fails (exit code 1) if
 * any test was skipped, or if there are no reports at all.
 */
public final class NotRun {
    private record Skipped(String test, String reason) {}

    public static void main(String[] args) throws Exception {
        Path root = Path.of(args[0]);
        boolean strict = args.length > 1 && args[1].equals("--strict");
        int total = 0;
        int failed = 0;
        List<Skipped> skipped = new ArrayList<>();
        for (Path report : reports(root)) {
            NodeList cases =
                    DocumentBuilderFactory.newInstance()
                            .newDocumentBuilder()
                            .parse(report.toFile())
                            .getElementsByTagName("testcase");
            for (int i = 0; i < cases.getLength(); i++) {
                Element testCase = (Element) cases.item(i);
                total++;
                if (testCase.getElementsByTagName("skipped").item(0) instanceof Element reason) {
                    String name = testCase.getAttribute("classname");
                    skipped.add(
                            new Skipped(
                                    name.substring(name.lastIndexOf('.') + 1)
                                            + "."
                                            + testCase.getAttribute("name"),
                                    reason.getAttribute("message").replace('\n', ' ')));
                }
                if (testCase.getElementsByTagName("failure").getLength() > 0
                        || testCase.getElementsByTagName("error").getLength() > 0) {
                    failed++;
                }
            }
        }
        System.out.println(
                (total - failed - skipped.size())
                        + " passed, "
                        + failed
                        + " failed, "
                        + skipped.size()
                        + " skipped");
        System.out.println(
                skipped.isEmpty()
                        ? (total == 0 ? "No test ran." : "All tests ran.")
                        : "COULD NOT RUN: "
                                + skipped.stream()
                                        .map(s -> s.test() + " (" + s.reason() + ")")
                                        .collect(joining("; ")));
        if (strict && (total == 0 || failed > 0 || !skipped.isEmpty())) {
            System.exit(1);
        }
    }

    private static List<Path> reports(Path root) throws IOException {
        try (var files = Files.find(root, 4, (path, file) -> isReport(path))) {
            return files.sorted().toList();
        }
    }

    private static boolean isReport(Path path) {
        String folder = path.getParent() == null ? "" : path.getParent().toString();
        String name = path.getFileName().toString();
        return (folder.endsWith("surefire-reports") || folder.endsWith("failsafe-reports"))
                && name.startsWith("TEST-")
                && name.endsWith(".xml");
    }
}
