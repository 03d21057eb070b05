package io.qight.load;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.Writer;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/** A report as one JSON object; what is unknown is null. Times are in microseconds. */
public final class ReportJson {
    private final JsonGenerator json;

    private ReportJson(JsonGenerator json) {
        this.json = json;
    }

    /** Writes all of it, and leaves the writer open. */
    public static void write(Report report, Writer out) throws IOException {
        JsonGenerator json = new JsonFactory().createGenerator(out).useDefaultPrettyPrinter();
        new ReportJson(json).report(report);
        json.flush();
    }

    private void report(Report report) throws IOException {
        json.writeStartObject();
        json.writeObjectFieldStart("facts");
        for (Map.Entry<String, String> fact : report.facts().entrySet()) {
            json.writeStringField(fact.getKey(), fact.getValue());
        }
        json.writeEndObject();
        json.writeArrayFieldStart("measurements");
        for (Outcome outcome : report.outcomes()) {
            outcome(outcome);
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private void outcome(Outcome outcome) throws IOException {
        json.writeStartObject();
        plan(outcome.plan());
        json.writeBooleanField("whole", outcome.whole());
        json.writeNumberField("seconds", outcome.seconds());
        json.writeNumberField("sent", outcome.sent());
        json.writeNumberField("stored", outcome.stored());
        json.writeNumberField("received", outcome.received());
        json.writeNumberField("redelivered", outcome.redelivered());
        json.writeObjectFieldStart("refused");
        for (Map.Entry<String, Long> refused : outcome.refused().entrySet()) {
            json.writeNumberField(refused.getKey(), refused.getValue());
        }
        json.writeEndObject();
        json.writeNumberField("storedPerSecond", outcome.storedPerSecond());
        json.writeNumberField("receivedPerSecond", outcome.receivedPerSecond());
        latency("lateMicros", outcome.late());
        latency("receiptMicros", outcome.toReceipt());
        latency("handlerMicros", outcome.toHandler());
        if (outcome.echo().isPresent()) {
            echo(outcome.echo().get(), outcome);
        }
        json.writeArrayFieldStart("samples");
        for (Sample sample : outcome.samples()) {
            sample(sample);
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private void plan(LoadPlan plan) throws IOException {
        json.writeStringField("name", plan.name());
        if (plan.pace() instanceof Pace.Open open) {
            json.writeNumberField("rate", open.perSecond());
        } else if (plan.pace() instanceof Pace.Closed closed) {
            json.writeNumberField("window", closed.window());
        }
        json.writeNumberField("senders", plan.senders());
        json.writeNumberField("receivers", plan.receivers());
        json.writeNumberField("mailboxes", plan.mailboxes());
        json.writeNumberField("payloadBytes", plan.payloadBytes());
        json.writeBooleanField("signed", plan.protection().signed());
        json.writeBooleanField("sealed", plan.protection().sealed());
        json.writeNumberField("backlog", plan.backlog());
        json.writeNumberField("warmUpSeconds", plan.warmUp().toMillis() / 1e3);
    }

    private void echo(EchoOutcome echo, Outcome outcome) throws IOException {
        json.writeObjectFieldStart("echo");
        json.writeNumberField("messageBytes", echo.messageBytes());
        json.writeNumberField("perSecond", echo.perSecond());
        number("rateRatio", outcome.rateBesideEcho());
        number("p50Ratio", outcome.latencyBesideEcho(50));
        number("p99Ratio", outcome.latencyBesideEcho(99));
        latency("roundTripMicros", echo.roundTrip());
        json.writeEndObject();
    }

    /** The percentiles that tables show, and the whole curve; null if nothing was measured. */
    private void latency(String name, Latency latency) throws IOException {
        if (latency.isEmpty()) {
            json.writeNullField(name);
            return;
        }
        json.writeObjectFieldStart(name);
        json.writeNumberField("count", latency.count());
        for (double percentile : Latency.ASKED_FOR) {
            String field =
                    percentile == 100 ? "max" : String.format(Locale.ROOT, "p%s", text(percentile));
            json.writeNumberField(field, latency.nanos(percentile) / 1e3);
        }
        json.writeArrayFieldStart("curve");
        for (Latency.Point point : latency.points()) {
            json.writeStartArray();
            json.writeNumber(point.percentile());
            json.writeNumber(point.nanos() / 1e3);
            json.writeEndArray();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static String text(double percentile) {
        return percentile == Math.rint(percentile)
                ? Long.toString((long) percentile)
                : Double.toString(percentile);
    }

    private void sample(Sample sample) throws IOException {
        json.writeStartObject();
        json.writeNumberField("seconds", sample.seconds());
        json.writeNumberField("sent", sample.sent());
        json.writeNumberField("stored", sample.stored());
        json.writeNumberField("received", sample.received());
        json.writeNumberField("refused", sample.refused());
        use("relay", sample.relay());
        use("clients", sample.clients());
        number("storeBytes", sample.storeBytes());
        number("loopbackBytes", sample.wireBytes());
        json.writeEndObject();
    }

    private void use(String name, ProcessUse use) throws IOException {
        json.writeObjectFieldStart(name);
        number("cpuNanos", use.cpuNanos());
        number("residentBytes", use.residentBytes());
        number("writtenBytes", use.writtenBytes());
        json.writeEndObject();
    }

    private void number(String name, OptionalDouble value) throws IOException {
        if (value.isPresent()) {
            json.writeNumberField(name, value.getAsDouble());
        } else {
            json.writeNullField(name);
        }
    }

    private void number(String name, OptionalLong value) throws IOException {
        if (value.isPresent()) {
            json.writeNumberField(name, value.getAsLong());
        } else {
            json.writeNullField(name);
        }
    }
}
