package io.qight.bench.compare;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * One figure of all systems as bars, with their intervals: an SVG that needs no style sheet, and is
 * readable on a light page and on a dark one.
 */
final class BarPlot {
    private static final int WIDTH = 640;
    private static final int LEFT = 150;
    private static final int RIGHT = 110;
    private static final int TOP = 34;
    private static final int STEP = 26;
    private static final int BAR = 16;

    /** What is no system that stores messages stands in the tables alone: it would dwarf them. */
    private static final List<String> LIMITS = List.of("raw-echo", "disk");

    private final Comparison comparison;
    private final Row row;
    private final Figure figure;
    private final StringBuilder out = new StringBuilder();

    private BarPlot(Comparison comparison, Row row, Figure figure) {
        this.comparison = comparison;
        this.row = row;
        this.figure = figure;
    }

    /** The plot; empty if no system has the figure. */
    static Optional<String> svg(Comparison comparison, Row row, Figure figure) {
        return new BarPlot(comparison, row, figure).svg();
    }

    private Optional<String> svg() {
        List<String> systems =
                comparison.results().contenders(row).stream()
                        .filter(name -> !LIMITS.contains(name))
                        .filter(name -> comparison.median(row, name, figure).isPresent())
                        .toList();
        if (systems.isEmpty()) {
            return Optional.empty();
        }
        double most = systems.stream().mapToDouble(name -> interval(name).high()).max().orElse(1);
        String title = row.text() + ": " + figure.text();
        int height = TOP + systems.size() * STEP;
        out.append(
                String.format(
                        Locale.ROOT,
                        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox=\"0 0 %d %d\""
                                + " font-family=\"sans-serif\" font-size=\"13\" fill=\"#777\">%n"
                                + "<title>%s</title>%n",
                        WIDTH,
                        height,
                        title));
        text("start", 8, 18, title + (figure.moreIsBetter() ? "" : " (less is better)"));
        for (int i = 0; i < systems.size(); i++) {
            bar(systems.get(i), TOP + i * STEP, (WIDTH - LEFT - RIGHT) / Math.max(most, 1));
        }
        return Optional.of(out.append("</svg>\n").toString());
    }

    private void bar(String system, int top, double scale) {
        Interval interval = interval(system);
        double middle = top + BAR / 2.0;
        boolean ours = system.startsWith(Comparison.OURS);
        text("end", LEFT - 8, middle + 4, system);
        add(
                String.format(
                        Locale.ROOT,
                        "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>",
                        LEFT,
                        top,
                        Math.max(1, interval.middle() * scale),
                        BAR,
                        ours ? "#2f81f7" : "#9aa4b0"));
        add(
                String.format(
                        Locale.ROOT,
                        "<path d=\"M%.1f %.1fH%.1f\" stroke=\"#333\" stroke-width=\"2\"/>",
                        LEFT + interval.low() * scale,
                        middle,
                        LEFT + interval.high() * scale));
        text(
                "start",
                LEFT + interval.high() * scale + 8,
                middle + 4,
                String.format(Locale.ROOT, "%,.0f", interval.middle()));
    }

    private Interval interval(String system) {
        return comparison.median(row, system, figure).orElseThrow();
    }

    private void text(String anchor, double x, double y, String text) {
        add(
                String.format(
                        Locale.ROOT,
                        "<text text-anchor=\"%s\" x=\"%.1f\" y=\"%.1f\">%s</text>",
                        anchor,
                        x,
                        y,
                        text));
    }

    private void add(String element) {
        out.append(element).append('\n');
    }
}
