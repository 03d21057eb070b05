package io.qight.load;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import javax.xml.parsers.DocumentBuilderFactory;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

class ReportTest {
    private static final String HOSTILE = "a<b> & \"c\" \u0001 - ]]>";

    @Test
    void theJsonHasEveryFigure() throws Exception {
        Map<String, String> json = json(report(true));
        assertThat(json)
                .containsEntry("/facts/qight", "test")
                .containsEntry("/facts/hostile", HOSTILE)
                .containsEntry("/measurements/0/name", HOSTILE)
                .containsEntry("/measurements/0/rate", "1000")
                .containsEntry("/measurements/0/sent", "4000")
                .containsEntry("/measurements/0/stored", "3999")
                .containsEntry("/measurements/0/refused/mailbox_full", "1")
                .containsEntry("/measurements/0/receiptMicros/count", "1000")
                .containsEntry("/measurements/0/echo/p50Ratio", "1.0")
                .containsEntry("/measurements/0/samples/2/relay/cpuNanos", "2000000000")
                .containsEntry("/measurements/0/samples/2/loopbackBytes", "200000");
        assertThat(Double.parseDouble(json.get("/measurements/0/receiptMicros/p99")))
                .isBetween(989.0, 991.0);
    }

    @Test
    void whatIsUnknownIsNull() throws Exception {
        assertThat(json(report(false)))
                .containsEntry("/measurements/0/samples/0/relay/cpuNanos", "null")
                .containsEntry("/measurements/0/samples/0/storeBytes", "null")
                .containsEntry("/measurements/0/samples/0/loopbackBytes", "null");
    }

    @Test
    void thePageIsWellFormedAndHasEveryPlot() throws Exception {
        Document page = page(report(true));
        NodeList figures = page.getElementsByTagName("figure");
        List<String> titles = new ArrayList<>();
        for (int i = 0; i < figures.getLength(); i++) {
            Element figure = (Element) figures.item(i);
            titles.add(figure.getElementsByTagName("strong").item(0).getTextContent());
            assertThat(figure.getElementsByTagName("svg").getLength()).isEqualTo(1);
            NodeList lines = figure.getElementsByTagName("polyline");
            assertThat(lines.getLength())
                    .as("lines of " + titles.get(i))
                    .isEqualTo(figure.getElementsByTagName("span").getLength())
                    .isPositive();
            for (int j = 0; j < lines.getLength(); j++) {
                assertThat(((Element) lines.item(j)).getAttribute("points").split(" "))
                        .hasSizeGreaterThan(1)
                        .allMatch(point -> point.matches("\\d+\\.\\d,\\d+\\.\\d"));
            }
        }
        assertThat(titles)
                .containsExactly(
                        "Throughput",
                        "Latency",
                        "Processors busy",
                        "Resident memory",
                        "Bytes on disk",
                        "Bytes on the wire (loopback interface, all programs)");
    }

    @Test
    void thePageRefersToNothingElse() throws Exception {
        String page = text(report(true));
        assertThat(
                        page.replace("http://www.w3.org/1999/xhtml", "")
                                .replace("http://www.w3.org/2000/svg", ""))
                .doesNotContain("http:", "https:", "src=", "href=", "url(", "@import", "<script");
    }

    @Test
    void thePageSaysWhatIsUnknown() throws Exception {
        Document page = page(report(false));
        assertThat(page.getElementsByTagName("figure").getLength()).isEqualTo(6);
        assertThat(page.getElementsByTagName("svg").getLength()).isEqualTo(2);
        assertThat(text(report(false))).contains("unknown on this system");
    }

    @Test
    void theTableHasRatiosAndSaysWhatIsUnknown() {
        String known = String.join("\n", ReportTable.lines(report(true)));
        assertThat(known)
                .contains("4,000 sent, 3,999 stored, 3,999 received, 1 refused (1 mailbox_full)")
                .contains("beside it: p50 1.00, p99 1.00")
                .contains("processors", "relay 1.00, clients 1.00")
                .contains("bytes on disk", "store 2.00 MiB");
        assertThat(String.join("\n", ReportTable.lines(report(false))))
                .contains("relay unknown, clients unknown")
                .contains("store unknown, written unknown");
    }

    @Test
    void aClosedLoopStandsBesideTheEchoByItsRate() {
        Outcome open = outcome(true);
        LoadPlan plan = open.plan();
        LoadPlan closed =
                new LoadPlan(
                        "closed",
                        new Pace.Closed(16),
                        1,
                        0,
                        1,
                        128,
                        0,
                        plan.warmUp(),
                        plan.duration());
        Outcome outcome =
                new Outcome(
                                closed,
                                true,
                                3,
                                3_000,
                                3_000,
                                0,
                                0,
                                Map.of(),
                                1_000,
                                0,
                                Latency.NONE,
                                open.toReceipt(),
                                Latency.NONE,
                                open.samples(),
                                Optional.empty())
                        .withEcho(new EchoOutcome(176, 4_000, Latency.NONE));
        assertThat(outcome.rateBesideEcho()).hasValue(0.25);
        assertThat(outcome.latencyBesideEcho(50)).isEmpty();
        assertThat(open.rateBesideEcho()).isEmpty();
        assertThat(ReportTable.lines(new Report(Map.of(), List.of(outcome))))
                .anyMatch(line -> line.endsWith("beside it: 0.25"));
    }

    @Test
    void thisMachineIsDescribed() {
        Map<String, String> facts =
                Report.of(Map.of("qight", "test"), Optional.empty(), List.of()).facts();
        assertThat(facts)
                .containsEntry("qight", "test")
                .containsEntry("file system of the store", "unknown")
                .containsEntry("processors", "" + Runtime.getRuntime().availableProcessors())
                .containsKeys("date", "java", "java options", "system", "processor", "memory");
    }

    private static Map<String, String> json(Report report) throws IOException {
        StringWriter out = new StringWriter();
        ReportJson.write(report, out);
        Map<String, String> fields = new TreeMap<>();
        try (JsonParser parser = new JsonFactory().createParser(out.toString())) {
            while (parser.nextToken() != null) {
                if (parser.currentToken().isScalarValue()) {
                    fields.put(
                            parser.getParsingContext().pathAsPointer().toString(),
                            parser.currentToken() == JsonToken.VALUE_NULL
                                    ? "null"
                                    : parser.getText());
                }
            }
        }
        return fields;
    }

    private static Document page(Report report) throws Exception {
        return DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(text(report).getBytes(UTF_8)));
    }

    private static String text(Report report) throws IOException {
        StringWriter out = new StringWriter();
        ReportPage.write(report, out);
        return out.toString();
    }

    private static Report report(boolean known) {
        return new Report(Map.of("qight", "test", "hostile", HOSTILE), List.of(outcome(known)));
    }

    private static Outcome outcome(boolean known) {
        LoadPlan plan =
                new LoadPlan(
                        HOSTILE,
                        new Pace.Open(1_000),
                        1,
                        1,
                        1,
                        128,
                        0,
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(3));
        Latency latency = latency();
        List<Sample> samples = new ArrayList<>();
        for (int second = 0; second <= 4; second++) {
            samples.add(sample(second, known));
        }
        return new Outcome(
                plan,
                true,
                3,
                4_000,
                3_999,
                3_999,
                0,
                Map.of("mailbox_full", 1L),
                1_000,
                1_000,
                latency,
                latency,
                latency,
                samples,
                Optional.of(new EchoOutcome(176, 2_000, latency)));
    }

    private static Sample sample(int second, boolean known) {
        OptionalLong cpu = known ? OptionalLong.of(second * 1_000_000_000L) : OptionalLong.empty();
        OptionalLong bytes = known ? OptionalLong.of(2 << 20) : OptionalLong.empty();
        ProcessUse use = new ProcessUse(cpu, bytes, bytes);
        return new Sample(
                second,
                second * 1_000L,
                second * 1_000L,
                second * 1_000L,
                0,
                use,
                use,
                bytes,
                known ? OptionalLong.of(second * 100_000L) : OptionalLong.empty());
    }

    private static Latency latency() {
        Histogram histogram = new Histogram(3);
        for (int micros = 1; micros <= 1_000; micros++) {
            histogram.recordValue(micros * 1_000L);
        }
        return Latency.of(histogram);
    }
}
