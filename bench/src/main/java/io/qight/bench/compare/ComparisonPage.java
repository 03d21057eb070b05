package io.qight.bench.compare;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.mapping;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;

/** A comparison as Markdown. */
final class ComparisonPage {
    private final Comparison comparison;
    private final List<String> lines = new ArrayList<>();

    private ComparisonPage(Comparison comparison) {
        this.comparison = comparison;
    }

    /** All of it. */
    static List<String> lines(Comparison comparison) {
        ComparisonPage page = new ComparisonPage(comparison);
        page.write();
        return page.lines;
    }

    private void write() {
        list("Measured on", facts());
        list("Skipped", comparison.skipped());
        list("Remarks", comparison.results().remarks());
        for (Row row : comparison.results().rows()) {
            for (Figure figure : row.figures()) {
                table(row, figure);
            }
        }
        contenders();
    }

    private List<String> facts() {
        return comparison.facts().entrySet().stream()
                .map(fact -> fact.getKey() + ": " + fact.getValue())
                .toList();
    }

    private void list(String title, List<String> points) {
        if (!points.isEmpty()) {
            lines.add(title + ":");
            lines.add("");
            points.forEach(point -> lines.add("- " + point));
            lines.add("");
        }
    }

    /** The ratios are Qight's figure divided by that of the line. */
    private void table(Row row, Figure figure) {
        List<String> ours = comparison.ours(row);
        lines.add("**" + row.text() + ": " + figure.text() + "**");
        lines.add("");
        String divided = ours.stream().map(own -> " " + own + " / it |").collect(joining());
        lines.add("| system | median (90 %) |" + divided);
        lines.add("|---|---|" + "---|".repeat(ours.size()));
        for (String contender : comparison.results().contenders(row)) {
            StringBuilder line = new StringBuilder("| " + contender + " | ");
            int runs = comparison.results().values(row, contender, figure).length;
            comparison
                    .median(row, contender, figure)
                    .ifPresent(median -> line.append(text("%,.0f", median, runs)).append(" |"));
            comparison
                    .ratios(row, contender, figure)
                    .forEach((own, ratio) ->
                            line.append(' ')
                                    .append(own.equals(contender) ? "1" : text("%.2f", ratio, runs))
                                    .append(" |"));
            lines.add(line.toString());
        }
        lines.add("");
    }

    /** A system with TLS and without it is the same otherwise, so they share a line. */
    private void contenders() {
        lines.add("| system | version | when its sender is answered, a message is | set up |");
        lines.add("|---|---|---|---|");
        comparison.contenders().stream()
                .collect(
                        groupingBy(
                                one -> String.join(" | ", one.version(), one.stored(), one.setUp()),
                                LinkedHashMap::new,
                                mapping(Contender::name, joining(", "))))
                .forEach((words, names) -> lines.add("| " + names + " | " + words + " |"));
    }

    /** One run has no interval. */
    private static String text(String format, Interval interval, int runs) {
        String middle = String.format(Locale.ROOT, format, interval.middle());
        return runs < 2
                ? middle
                : middle
                        + String.format(
                                Locale.ROOT,
                                " (" + format + " to " + format + ")",
                                interval.low(),
                                interval.high());
    }
}
