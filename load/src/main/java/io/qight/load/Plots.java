package io.qight.load;

import io.qight.load.Plot.Point;
import io.qight.load.Plot.Series;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Function;

/** The plots of one measurement. */
final class Plots {
    private static final double MIB = 1 << 20;

    private final Outcome outcome;
    private final List<Sample> samples;
    private final double warmUp;

    /** One of them: a heading, its series' names in order, and the SVG, empty if all is unknown. */
    record Figure(String title, List<String> series, String svg) {
        Figure {
            series = List.copyOf(series);
        }
    }

    private Plots(Outcome outcome) {
        this.outcome = outcome;
        this.samples = outcome.samples();
        this.warmUp = outcome.plan().warmUp().toMillis() / 1e3;
    }

    static List<Figure> of(Outcome outcome) {
        Plots plots = new Plots(outcome);
        return List.of(
                plots.throughput(),
                plots.latency(),
                plots.overTime(
                        "Processors busy",
                        "processors",
                        plots.growth("relay", sample -> sample.relay().cpuNanos(), 1e9),
                        plots.growth("clients", sample -> sample.clients().cpuNanos(), 1e9)),
                plots.overTime(
                        "Resident memory",
                        "MiB",
                        plots.level("relay", sample -> sample.relay().residentBytes()),
                        plots.level("clients", sample -> sample.clients().residentBytes())),
                plots.overTime(
                        "Bytes on disk",
                        "MiB",
                        plots.level("size of the store's files", Sample::storeBytes),
                        plots.sinceStart(
                                "written by the relay", sample -> sample.relay().writtenBytes())),
                plots.overTime(
                        "Bytes on the wire (loopback interface, all programs)",
                        "MiB/s",
                        plots.growth("loopback", Sample::wireBytes, MIB)));
    }

    private Figure throughput() {
        List<Series> series = new ArrayList<>();
        series.add(growth("stored", sample -> OptionalLong.of(sample.stored()), 1));
        if (outcome.plan().receivers() > 0) {
            series.add(growth("received", sample -> OptionalLong.of(sample.received()), 1));
        }
        if (outcome.refusedCount() > 0) {
            series.add(growth("refused", sample -> OptionalLong.of(sample.refused()), 1));
        }
        return overTime("Throughput", "envelopes/s", series.toArray(Series[]::new));
    }

    private Figure latency() {
        List<Series> series = new ArrayList<>();
        addCurve(series, "send to receipt", outcome.toReceipt());
        addCurve(series, "send to handler", outcome.toHandler());
        outcome.echo()
                .ifPresent(echo -> addCurve(series, "raw ping-pong, round trip", echo.roundTrip()));
        String title = "Latency";
        if (series.isEmpty()) {
            return new Figure(title, List.of(), "");
        }
        double[] ends =
                series.stream()
                        .flatMap(line -> line.points().stream())
                        .mapToDouble(Point::y)
                        .sorted()
                        .toArray();
        long most = Math.max(outcome.toReceipt().count(), outcome.toHandler().count());
        int nines = Math.max(2, (int) Math.ceil(Math.log10((double) most)));
        Plot plot =
                new Plot(
                        "percentile, each nine as wide",
                        new Axis.Percentiles(nines),
                        "latency (ms)",
                        new Axis.Logarithmic(ends[0], ends[ends.length - 1]),
                        0);
        return figure(title, plot, series);
    }

    private static void addCurve(List<Series> series, String name, Latency latency) {
        if (!latency.isEmpty()) {
            series.add(
                    new Series(
                            name,
                            latency.points().stream()
                                    .map(point ->
                                            new Point(
                                                    point.percentile(),
                                                    Math.max(1, point.nanos()) / 1e6))
                                    .toList()));
        }
    }

    private Figure overTime(String title, String yLabel, Series... all) {
        List<Series> series = List.of(all).stream().filter(s -> !s.points().isEmpty()).toList();
        if (series.isEmpty()) {
            return new Figure(title, List.of(), "");
        }
        double most =
                series.stream()
                        .flatMap(line -> line.points().stream())
                        .mapToDouble(Point::y)
                        .max()
                        .orElse(0);
        double end = samples.get(samples.size() - 1).seconds();
        Plot plot =
                new Plot(
                        "seconds since the start",
                        new Axis.Linear(end),
                        yLabel,
                        new Axis.Linear(most),
                        warmUp);
        return figure(title, plot, series);
    }

    private static Figure figure(String title, Plot plot, List<Series> series) {
        return new Figure(
                title, series.stream().map(Series::name).toList(), plot.with(series).svg(title));
    }

    /** How much it grew in a second, in units; a point in the middle of each. */
    private Series growth(String name, Function<Sample, OptionalLong> value, double unit) {
        List<Point> points = new ArrayList<>();
        for (int i = 1; i < samples.size(); i++) {
            Sample before = samples.get(i - 1);
            Sample after = samples.get(i);
            double seconds = after.seconds() - before.seconds();
            OptionalLong from = value.apply(before);
            OptionalLong to = value.apply(after);
            // The last sample may come right after the one before.
            if (from.isPresent() && to.isPresent() && seconds > 0.2) {
                points.add(
                        new Point(
                                (before.seconds() + after.seconds()) / 2,
                                Math.max(0, to.getAsLong() - from.getAsLong()) / unit / seconds));
            }
        }
        return new Series(name, points);
    }

    private Series level(String name, Function<Sample, OptionalLong> bytes) {
        return new Series(
                name,
                samples.stream()
                        .filter(sample -> bytes.apply(sample).isPresent())
                        .map(sample ->
                                new Point(sample.seconds(), bytes.apply(sample).getAsLong() / MIB))
                        .toList());
    }

    private Series sinceStart(String name, Function<Sample, OptionalLong> bytes) {
        long first = samples.isEmpty() ? 0 : bytes.apply(samples.get(0)).orElse(0);
        return level(
                name,
                sample -> {
                    OptionalLong now = bytes.apply(sample);
                    return now.isPresent() ? OptionalLong.of(now.getAsLong() - first) : now;
                });
    }
}
