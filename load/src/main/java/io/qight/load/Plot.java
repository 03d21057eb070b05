package io.qight.load;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A plot of lines as SVG, whose colours the page's style sheet gives: {@code s0}, {@code s1} and so
 * on for the series.
 */
final class Plot {
    private static final int WIDTH = 640;
    private static final int HEIGHT = 280;
    private static final int LEFT = 72;
    private static final int RIGHT = 16;
    private static final int TOP = 16;
    private static final int BOTTOM = 48;

    private final String xLabel;
    private final String yLabel;
    private final Axis x;
    private final Axis y;
    private final double warmUp;
    private final List<Series> series = new ArrayList<>();

    /** A line through points. */
    record Series(String name, List<Point> points) {
        Series {
            points = List.copyOf(points);
        }
    }

    record Point(double x, double y) {}

    /**
     * Without any series yet.
     *
     * @param warmUp what is left of this on the x axis is shaded
     */
    Plot(String xLabel, Axis x, String yLabel, Axis y, double warmUp) {
        this.xLabel = xLabel;
        this.yLabel = yLabel;
        this.x = x;
        this.y = y;
        this.warmUp = warmUp;
    }

    Plot with(List<Series> lines) {
        series.addAll(lines);
        return this;
    }

    String svg(String title) {
        StringBuilder out = new StringBuilder();
        out.append("<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox=\"0 0 ")
                .append(WIDTH + " " + HEIGHT + "\">\n<title>" + Text.escaped(title))
                .append("</title>\n");
        shade(out);
        for (Axis.Tick tick : x.ticks()) {
            double at = atX(tick.value());
            line(out, "grid", at, TOP, at, HEIGHT - BOTTOM);
            text(out, "middle", at, HEIGHT - BOTTOM + 16, tick.label());
        }
        for (Axis.Tick tick : y.ticks()) {
            double at = atY(tick.value());
            line(out, "grid", LEFT, at, WIDTH - RIGHT, at);
            text(out, "end", LEFT - 8, at + 4, tick.label());
        }
        text(out, "middle", (LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 10, xLabel);
        double middle = (TOP + HEIGHT - BOTTOM) / 2.0;
        out.append(
                String.format(
                        Locale.ROOT,
                        "<text text-anchor=\"middle\" transform=\"translate(14 %.1f)"
                                + " rotate(-90)\">%s</text>%n",
                        middle,
                        Text.escaped(yLabel)));
        for (int i = 0; i < series.size(); i++) {
            line(out, i, series.get(i));
        }
        return out.append("</svg>\n").toString();
    }

    private void shade(StringBuilder out) {
        if (warmUp > 0) {
            out.append(
                    String.format(
                            Locale.ROOT,
                            "<rect class=\"warm-up\" x=\"%d\" y=\"%d\" width=\"%.1f\""
                                    + " height=\"%d\"/>%n",
                            LEFT,
                            TOP,
                            atX(warmUp) - LEFT,
                            HEIGHT - BOTTOM - TOP));
        }
    }

    private void line(StringBuilder out, int index, Series line) {
        out.append("<polyline class=\"line s" + index + "\" points=\"");
        for (Point point : line.points()) {
            out.append(String.format(Locale.ROOT, "%.1f,%.1f ", atX(point.x()), atY(point.y())));
        }
        out.append("\"/>\n");
    }

    private static void line(
            StringBuilder out, String style, double x1, double y1, double x2, double y2) {
        out.append(
                String.format(
                        Locale.ROOT,
                        "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>%n",
                        style,
                        x1,
                        y1,
                        x2,
                        y2));
    }

    private static void text(StringBuilder out, String anchor, double x, double y, String text) {
        out.append(
                String.format(
                        Locale.ROOT,
                        "<text text-anchor=\"%s\" x=\"%.1f\" y=\"%.1f\">%s</text>%n",
                        anchor,
                        x,
                        y,
                        Text.escaped(text)));
    }

    private double atX(double value) {
        return LEFT + within(x.place(value)) * (WIDTH - LEFT - RIGHT);
    }

    private double atY(double value) {
        return HEIGHT - BOTTOM - within(y.place(value)) * (HEIGHT - TOP - BOTTOM);
    }

    private static double within(double place) {
        return Math.max(0, Math.min(1, place));
    }
}
