package io.qight.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.TreeMap;

/** Reads one JSON object: its scalar fields as text, those of inner objects as {@code a.b}. */
final class Json {
    private Json() {}

    static Map<String, String> parse(String text) {
        Map<String, String> fields = new TreeMap<>();
        try (JsonParser parser = new JsonFactory().createParser(text)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new AssertionError("no JSON object: " + text);
            }
            while (parser.nextToken() != null) {
                if (parser.currentToken().isScalarValue()) {
                    String path =
                            parser.getParsingContext()
                                    .pathAsPointer()
                                    .toString()
                                    .substring(1)
                                    .replace('/', '.');
                    fields.put(path, parser.getText());
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("no JSON: " + text, e);
        }
        return fields;
    }
}
