package io.qight.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/** Writes one JSON object, field by field. */
final class JsonObject {
    /** JSON lets them stand as they are, but the object may be for a terminal. */
    private static final Pattern CONTROL_CHARACTERS = Pattern.compile("[\\x7f-\\x9f]");

    private final JsonGenerator generator;

    private JsonObject(JsonGenerator generator) {
        this.generator = generator;
    }

    /** The object's text, on one line, without control characters. */
    static String text(Consumer<JsonObject> fields) {
        StringWriter out = new StringWriter();
        try (JsonGenerator generator = new JsonFactory().createGenerator(out)) {
            generator.writeStartObject();
            fields.accept(new JsonObject(generator));
            generator.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return CONTROL_CHARACTERS
                .matcher(out.toString())
                .replaceAll(one -> String.format("\\\\u%04x", (int) one.group().charAt(0)));
    }

    JsonObject text(String name, String value) {
        return write(() -> generator.writeStringField(name, value));
    }

    JsonObject number(String name, long value) {
        return write(() -> generator.writeNumberField(name, value));
    }

    JsonObject unsigned(String name, long value) {
        return write(() ->
                generator.writeNumberField(name, new BigInteger(Long.toUnsignedString(value))));
    }

    JsonObject flag(String name, boolean value) {
        return write(() -> generator.writeBooleanField(name, value));
    }

    /** An array with an object for each of the values. */
    <T> JsonObject objects(String name, List<T> values, BiConsumer<JsonObject, T> fields) {
        return write(() -> {
            generator.writeArrayFieldStart(name);
            for (T value : values) {
                generator.writeStartObject();
                fields.accept(this, value);
                generator.writeEndObject();
            }
            generator.writeEndArray();
        });
    }

    private JsonObject write(Writing writing) {
        try {
            writing.run();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    private interface Writing {
        void run() throws IOException;
    }
}
