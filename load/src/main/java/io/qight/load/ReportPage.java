package io.qight.load;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/** A report as one HTML page that needs nothing else. It is well-formed XML too. */
public final class ReportPage {
    private final StringBuilder out = new StringBuilder();

    private ReportPage() {}

    /** Writes all of it, and leaves the writer open. */
    public static void write(Report report, Writer out) throws IOException {
        ReportPage page = new ReportPage();
        page.report(report);
        out.write(page.out.toString());
        out.flush();
    }

    private void report(Report report) {
        out.append("<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n");
        out.append("<head>\n<meta charset=\"utf-8\"/>\n");
        out.append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n");
        out.append("<meta name=\"color-scheme\" content=\"light dark\"/>\n");
        out.append("<title>qight bench</title>\n<style>\n").append(style()).append("</style>\n");
        out.append("</head>\n<body>\n<main>\n<h1>qight bench</h1>\n");
        summary(report.outcomes());
        report.outcomes().forEach(this::outcome);
        out.append("<section>\n<h2>Measured on</h2>\n<dl>\n");
        report.facts().forEach(this::fact);
        out.append(
                "</dl>\n<p class=\"note\">Believe ratios of one run, not single figures: clients"
                        + " and relay share this machine. Latency counts from the intended time of each"
                        + " send. The shaded part is the warm-up, and counts in no figure but the"
                        + " envelopes.</p>\n</section>\n</main>\n</body>\n</html>\n");
    }

    private void summary(List<Outcome> outcomes) {
        out.append(
                "<table>\n<thead><tr><th></th><th>envelopes/s</th><th>beside raw echo</th>"
                        + "<th>receipt p50</th><th>p99</th><th>handler p50</th><th>p99</th>"
                        + "<th>ping-pong p50</th><th>p99</th></tr></thead>\n<tbody>\n");
        for (Outcome outcome : outcomes) {
            out.append("<tr><th>").append(Text.escaped(outcome.plan().name())).append("</th>");
            cell(String.format(Locale.ROOT, "%,.0f", outcome.perSecond()));
            cell(ReportTable.besideEcho(outcome));
            latencies(outcome.toReceipt());
            latencies(outcome.toHandler());
            latencies(outcome.echo().map(EchoOutcome::roundTrip).orElse(Latency.NONE));
            out.append("</tr>\n");
        }
        out.append("</tbody>\n</table>\n");
    }

    private void latencies(Latency latency) {
        Function<Double, String> shown =
                percentile -> latency.isEmpty() ? "" : Units.nanos(latency.nanos(percentile));
        cell(shown.apply(50.0));
        cell(shown.apply(99.0));
    }

    private void cell(String text) {
        out.append("<td>").append(Text.escaped(text)).append("</td>");
    }

    private void outcome(Outcome outcome) {
        out.append("<section>\n<h2>").append(Text.escaped(outcome.plan().name())).append("</h2>\n");
        if (!outcome.whole()) {
            out.append(
                    "<p class=\"warning\">Not whole: it was stopped, or not all that was sent"
                            + " was answered and received.</p>\n");
        }
        paragraph(ReportTable.plan(outcome.plan()));
        paragraph(
                String.format(Locale.ROOT, "%.1f s measured; ", outcome.seconds())
                        + ReportTable.counts(outcome));
        out.append("<div class=\"plots\">\n");
        Plots.of(outcome).forEach(this::figure);
        out.append("</div>\n</section>\n");
    }

    private void paragraph(String text) {
        out.append("<p>").append(Text.escaped(text)).append("</p>\n");
    }

    private void figure(Plots.Figure figure) {
        out.append("<figure>\n<figcaption><strong>")
                .append(Text.escaped(figure.title()))
                .append("</strong>");
        for (int i = 0; i < figure.series().size(); i++) {
            out.append(" <span class=\"key s" + i + "\">")
                    .append(Text.escaped(figure.series().get(i)))
                    .append("</span>");
        }
        out.append("</figcaption>\n")
                .append(
                        figure.svg().isEmpty()
                                ? "<p class=\"note\">unknown on this system</p>\n"
                                : figure.svg())
                .append("</figure>\n");
    }

    private void fact(String name, String value) {
        out.append("<dt>").append(Text.escaped(name)).append("</dt><dd>");
        out.append(Text.escaped(value)).append("</dd>\n");
    }

    private static String style() {
        try (InputStream in = ReportPage.class.getResourceAsStream("report.css")) {
            if (in == null) {
                throw new IllegalStateException("report.css is missing");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
