package io.qight.bench.compare;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

/** What is reported of given values. */
class ComparisonTest {
    private final Results results = new Results();

    private record Named(String name, String version) implements Contender {
        @Override
        public String stored() {
            return "in memory";
        }

        @Override
        public String setUp() {
            return "as it is";
        }

        @Override
        public boolean takes(Row row) {
            return true;
        }

        @Override
        public Measured measure(Row row, Effort effort) {
            throw new IllegalStateException("nothing is measured here");
        }
    }

    private void sends(String contender, double... rates) {
        for (double rate : rates) {
            results.add(Row.SEND, contender, new Measured(Map.of(Figure.PER_SECOND, rate), true));
        }
    }

    private Comparison comparison(List<String> skipped) {
        List<Contender> contenders =
                Stream.of("qight-fsync", "tortoise", "tortoise-tls")
                        .map(name ->
                                (Contender)
                                        new Named(
                                                name, name.startsWith("tortoise") ? "1.0" : "0.1"))
                        .toList();
        return new Comparison(Map.of("date", "today"), contenders, skipped, results);
    }

    @Test
    void tableShowsMediansAndRatios() {
        sends("qight-fsync", 200_000, 200_000, 200_000);
        sends("tortoise", 100_000, 100_000, 100_000);
        assertThat(ComparisonPage.lines(comparison(List.of())))
                .contains(
                        "**pipelined send until the server's answer: a second**",
                        "| system | median (90 %) | qight-fsync / it |",
                        "|---|---|---|",
                        "| qight-fsync | 200,000 (200,000 to 200,000) | 1 |",
                        "| tortoise | 100,000 (100,000 to 100,000) | 2.00 (2.00 to 2.00) |");
    }

    @Test
    void oneRunHasNoInterval() {
        sends("qight-fsync", 200_000);
        sends("tortoise", 100_000);
        assertThat(ComparisonPage.lines(comparison(List.of())))
                .contains("| tortoise | 100,000 | 2.00 |");
    }

    @Test
    void plotHasABarOfEachSystem() throws Exception {
        sends("qight-fsync", 200_000, 200_000, 200_000);
        sends("tortoise", 100_000, 50_000, 150_000);
        sends("raw-echo", 9_000_000);
        String svg = BarPlot.svg(comparison(List.of()), Row.SEND, Figure.PER_SECOND).orElseThrow();
        NodeList bars =
                DocumentBuilderFactory.newInstance()
                        .newDocumentBuilder()
                        .parse(new InputSource(new StringReader(svg)))
                        .getElementsByTagName("rect");

        assertThat(bars.getLength()).isEqualTo(2);
        assertThat(width(bars.item(0))).isEqualTo(2 * width(bars.item(1)));
        assertThat(svg).contains(">200,000</text>", ">100,000</text>").doesNotContain("9,000,000");
        assertThat(BarPlot.svg(comparison(List.of()), Row.PUSH_1K, Figure.P50)).isEmpty();
    }

    private static double width(Node bar) {
        return Double.parseDouble(bar.getAttributes().getNamedItem("width").getNodeValue());
    }

    @Test
    void whatIsTheSameButForItsNameSharesALine() {
        assertThat(ComparisonPage.lines(comparison(List.of())))
                .contains("| tortoise, tortoise-tls | 1.0 | in memory | as it is |")
                .contains("- date: today");
    }

    @Test
    void whatIsMissingIsTold() {
        sends("qight-fsync", 1);
        results.add(Row.SEND, "tortoise", new Measured(Map.of(Figure.PER_SECOND, 1.0), false));
        results.remark(Row.PUSH_1K, "tortoise", "it fell asleep");
        assertThat(ComparisonPage.lines(comparison(List.of("hare: there is no hare here"))))
                .contains(
                        "Skipped:",
                        "- hare: there is no hare here",
                        "Remarks:",
                        "- tortoise, pipelined send until the server's answer: once, not all that"
                                + " was sent was answered and received",
                        "- tortoise, push, 1,000 a second offered: it fell asleep");
    }

    @Test
    void withoutQightThereIsNoRatio() {
        sends("tortoise", 5);
        assertThat(ComparisonPage.lines(comparison(List.of())))
                .contains("| system | median (90 %) |", "|---|---|", "| tortoise | 5 |");
    }

    @Test
    void jsonHasEveryValue() throws IOException {
        sends("qight-fsync", 300, 100, 200);
        sends("tortoise", 100);
        StringWriter out = new StringWriter();
        ComparisonJson.write(comparison(List.of()), out);
        assertThat(out.toString().replaceAll("\\s+", ""))
                .contains("\"values\":[300.0,100.0,200.0]")
                .contains("\"found\":200.0")
                .contains("\"dividedByIt\":{\"qight-fsync\":{\"found\":2.0");
    }
}
