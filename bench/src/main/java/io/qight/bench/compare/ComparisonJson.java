package io.qight.bench.compare;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.Writer;
import java.util.List;
import java.util.Map;

/** A comparison as one JSON object, with every single value. */
final class ComparisonJson {
    private final Comparison comparison;
    private final JsonGenerator json;

    private ComparisonJson(Comparison comparison, JsonGenerator json) {
        this.comparison = comparison;
        this.json = json;
    }

    /** Writes all of it, and leaves the writer open. */
    static void write(Comparison comparison, Writer out) throws IOException {
        JsonGenerator json = new JsonFactory().createGenerator(out).useDefaultPrettyPrinter();
        new ComparisonJson(comparison, json).write();
        json.flush();
    }

    private void write() throws IOException {
        json.writeStartObject();
        json.writeObjectFieldStart("facts");
        for (Map.Entry<String, String> fact : comparison.facts().entrySet()) {
            json.writeStringField(fact.getKey(), fact.getValue());
        }
        json.writeEndObject();
        texts("skipped", comparison.skipped());
        texts("remarks", comparison.results().remarks());
        json.writeArrayFieldStart("systems");
        for (Contender contender : comparison.contenders()) {
            json.writeStartObject();
            json.writeStringField("name", contender.name());
            json.writeStringField("version", contender.version());
            json.writeStringField("stored", contender.stored());
            json.writeStringField("setUp", contender.setUp());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeArrayFieldStart("rows");
        for (Row row : comparison.results().rows()) {
            for (String contender : comparison.results().contenders(row)) {
                for (Figure figure : row.figures()) {
                    figure(row, contender, figure);
                }
            }
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private void texts(String name, List<String> texts) throws IOException {
        json.writeArrayFieldStart(name);
        for (String text : texts) {
            json.writeString(text);
        }
        json.writeEndArray();
    }

    private void figure(Row row, String contender, Figure figure) throws IOException {
        json.writeStartObject();
        json.writeStringField("row", row.token());
        json.writeStringField("system", contender);
        json.writeStringField("figure", figure.text());
        double[] values = comparison.results().values(row, contender, figure);
        json.writeFieldName("values");
        json.writeArray(values, 0, values.length);
        if (values.length > 0) {
            json.writeFieldName("median");
            interval(Bootstrap.ofMedian(values));
        }
        json.writeObjectFieldStart("dividedByIt");
        for (Map.Entry<String, Interval> ratio :
                comparison.ratios(row, contender, figure).entrySet()) {
            json.writeFieldName(ratio.getKey());
            interval(ratio.getValue());
        }
        json.writeEndObject();
        json.writeEndObject();
    }

    private void interval(Interval interval) throws IOException {
        json.writeStartObject();
        json.writeNumberField("found", interval.middle());
        json.writeNumberField("low", interval.low());
        json.writeNumberField("high", interval.high());
        json.writeEndObject();
    }
}
