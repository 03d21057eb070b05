package io.qight.cli;

import java.io.IOException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code qight stat}. */
@Command(
        name = "stat",
        mixinStandardHelpOptions = true,
        description = {
            "Show what a relay on this machine holds and does, or one of its mailboxes.",
            "It asks by a socket in the data directory that only the relay's own user may use."
        },
        footer = {
            "",
            "Examples:",
            "  qight stat",
            "  qight stat bob",
            "  qight stat --json --data /var/lib/qight"
        })
final class StatCommand implements Callable<Integer> {
    @Mixin private DataDirectory data;

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "MAILBOX",
            description = "Which mailbox; if not given, the whole relay.")
    private @Nullable String mailbox;

    @Option(names = "--json", description = "Print the relay's answer as it is, one JSON object.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        AdminAnswer answer =
                AdminAnswer.ask(data.path(), mailbox == null ? "stat" : "stat " + mailbox);
        try (Output out = Output.standard()) {
            if (json) {
                out.line(answer.text().strip());
            } else {
                table(answer.fields(), out);
            }
        }
        return Failures.DONE;
    }

    private static void table(Map<String, String> fields, Output out) throws IOException {
        Map<String, String> rows = new LinkedHashMap<>();
        fields.forEach((name, value) -> rows.put(label(name), shown(name, value)));
        int width = rows.keySet().stream().mapToInt(String::length).max().orElse(0);
        for (Map.Entry<String, String> row : rows.entrySet()) {
            out.line(row.getKey() + " ".repeat(width - row.getKey().length() + 2) + row.getValue());
        }
    }

    /** {@code budget.heldBytes} becomes {@code budget held bytes}. */
    private static String label(String name) {
        return name.replaceFirst("Millis$", "")
                .replace("PerSecond", "/s")
                .replace('.', ' ')
                .replaceAll("([a-z])([A-Z])", "$1 $2")
                .toLowerCase(Locale.ROOT);
    }

    private static String shown(String name, String value) {
        if (name.endsWith("Bytes")) {
            return SizeConverter.text(Long.parseLong(value));
        }
        if (name.endsWith("Millis")) {
            Duration duration = Duration.ofMillis(Long.parseLong(value));
            return DurationConverter.text(duration.truncatedTo(ChronoUnit.SECONDS));
        }
        if (name.endsWith("PerSecond")) {
            return String.format(Locale.ROOT, "%.1f", Double.parseDouble(value));
        }
        return value;
    }
}
