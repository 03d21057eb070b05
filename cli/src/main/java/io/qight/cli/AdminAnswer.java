package io.qight.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.qight.wire.ErrorCode;
import io.qight.wire.ProtocolException;
import java.io.IOException;
import java.net.SocketException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the relay that runs on a data directory answered to one question: a JSON object.
 *
 * @param text as it came
 * @param fields its scalars, in its order; those of inner objects as {@code outer.inner}
 * @param envelopes the scalars of each object in its array, if it has one
 */
record AdminAnswer(String text, Map<String, String> fields, List<Map<String, String>> envelopes) {
    /** The largest answer: one envelope whatever its size, in base64, and a little. */
    private static final int BYTES_MAX = 16 << 20;

    /**
     * Asks.
     *
     * @throws CommandFailure if no relay runs there, or it refused
     */
    static AdminAnswer ask(Path data, String request) throws IOException {
        if (request.indexOf('\n') >= 0) {
            // Only a mailbox's name can hold one, and the rest of it would be lost.
            throw new ProtocolException(ErrorCode.INVALID_MAILBOX);
        }
        Path socket = DataDirectory.adminSocket(data);
        if (!Files.exists(socket)) {
            throw noRelay(data);
        }
        String text;
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            channel.write(ByteBuffer.wrap((request + "\n").getBytes(StandardCharsets.UTF_8)));
            byte[] bytes = Channels.newInputStream(channel).readNBytes(BYTES_MAX);
            text = new String(bytes, StandardCharsets.UTF_8);
        } catch (SocketException e) {
            // A relay that was killed leaves its socket behind.
            throw noRelay(data);
        }
        if (!text.endsWith("\n")) {
            throw new CommandFailure(
                    Failures.RETRY, "the relay on " + data + " hung up before it had answered");
        }
        AdminAnswer answer = parse(text);
        if (answer.fields.containsKey("error")) {
            throw Failures.refusal(
                    answer.fields.get("error"), answer.fields.getOrDefault("message", ""));
        }
        return answer;
    }

    /** A field that every such answer has. */
    static String text(Map<String, String> fields, String name) {
        String value = fields.get(name);
        if (value == null) {
            throw new CommandFailure(
                    Failures.FAILED, "the relay's answer has no " + name + ": is it an older one?");
        }
        return value;
    }

    private static CommandFailure noRelay(Path data) {
        return new CommandFailure(Failures.RETRY, "no relay runs on the data directory " + data);
    }

    private static AdminAnswer parse(String text) throws IOException {
        Map<String, String> fields = new LinkedHashMap<>();
        List<Map<String, String>> envelopes = new ArrayList<>();
        try (JsonParser parser = new JsonFactory().createParser(text)) {
            Map<String, String> current = fields;
            boolean inArray = false;
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token == JsonToken.START_ARRAY || token == JsonToken.END_ARRAY) {
                    inArray = token == JsonToken.START_ARRAY;
                    current = fields;
                } else if (token == JsonToken.START_OBJECT && inArray) {
                    current = new LinkedHashMap<>();
                    envelopes.add(current);
                } else if (token.isScalarValue()) {
                    String name =
                            inArray
                                    ? parser.currentName()
                                    : parser.getParsingContext()
                                            .pathAsPointer()
                                            .toString()
                                            .substring(1)
                                            .replace('/', '.');
                    current.put(name, parser.getText());
                }
            }
        }
        return new AdminAnswer(text, fields, envelopes);
    }
}
