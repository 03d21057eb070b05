package io.qight.bench.compare;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * What {@code qight bench --json} wrote.
 *
 * @param values as text, by their JSON pointers
 */
record BenchReport(Map<String, String> values) {
    private static final String FIRST = "/measurements/0";

    static BenchReport read(Path json) throws IOException {
        Map<String, String> values = new HashMap<>();
        try (JsonParser parser = new JsonFactory().createParser(json.toFile())) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token.isScalarValue()) {
                    values.put(
                            parser.getParsingContext().pathAsPointer().toString(),
                            parser.getText());
                }
            }
        }
        return new BenchReport(Map.copyOf(values));
    }

    /** What the row shows of the one measurement. */
    Measured measured(Row row, boolean withReceiver) {
        String rate = withReceiver ? "/receivedPerSecond" : "/storedPerSecond";
        return measured(row, rate, "/handlerMicros");
    }

    /** What the row shows of the raw echo beside it. */
    Measured echo(Row row) {
        return measured(row, "/echo/perSecond", "/echo/roundTripMicros");
    }

    private Measured measured(Row row, String rate, String times) {
        Map<Figure, Double> figures = new HashMap<>();
        for (Figure figure : row.figures()) {
            String pointer =
                    switch (figure) {
                        case PER_SECOND -> rate;
                        case P50 -> times + "/p50";
                        case P99 -> times + "/p99";
                    };
            figures.put(figure, number(pointer));
        }
        boolean whole = text("/whole").equals("true") && number("/stored") == number("/sent");
        return new Measured(figures, whole);
    }

    private double number(String pointer) {
        return Double.parseDouble(text(pointer));
    }

    private String text(String pointer) {
        String value = values.get(FIRST + pointer);
        if (value == null || value.equals("null")) {
            throw new MeasurementFailed("it measured no " + pointer.substring(1));
        }
        return value;
    }
}
