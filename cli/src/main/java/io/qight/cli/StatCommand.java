package io.qight.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
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
    private static final int ANSWER_BYTES_MAX = 1 << 20;

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
        String answer = ask(data.path(), mailbox == null ? "stat" : "stat " + mailbox);
        Map<String, String> fields = fields(answer);
        if (fields.containsKey("error")) {
            throw Failures.refusal(fields.get("error"), fields.getOrDefault("message", ""));
        }
        try (Output out = Output.standard()) {
            if (json) {
                out.line(answer.strip());
            } else {
                table(fields, out);
            }
        }
        return Failures.DONE;
    }

    /** The answer of the relay that runs on a data directory: one JSON object. */
    static String ask(Path data, String request) throws IOException {
        Path socket = DataDirectory.adminSocket(data);
        if (!Files.exists(socket)) {
            throw noRelay(data);
        }
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            channel.write(ByteBuffer.wrap((request + "\n").getBytes(StandardCharsets.UTF_8)));
            ByteArrayOutputStream answer = new ByteArrayOutputStream();
            answer.write(Channels.newInputStream(channel).readNBytes(ANSWER_BYTES_MAX));
            return answer.toString(StandardCharsets.UTF_8);
        } catch (SocketException e) {
            // A relay that was killed leaves its socket behind.
            throw noRelay(data);
        }
    }

    private static CommandFailure noRelay(Path data) {
        return new CommandFailure(Failures.RETRY, "no relay runs on the data directory " + data);
    }

    /** The scalars of the answer, in its order; those of inner objects as {@code outer.inner}. */
    private static Map<String, String> fields(String answer) throws IOException {
        Map<String, String> fields = new LinkedHashMap<>();
        try (JsonParser parser = new JsonFactory().createParser(answer)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token.isScalarValue()) {
                    String path = parser.getParsingContext().pathAsPointer().toString();
                    fields.put(path.substring(1).replace('/', '.'), parser.getText());
                }
            }
        }
        return fields;
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
