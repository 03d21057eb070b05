package io.qight.load;

import java.util.List;
import java.util.TreeSet;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramIterationValue;

/**
 * How long something took, as percentiles, to three digits.
 *
 * @param count of how many
 * @param points the curve, with growing percentiles; empty if the count is 0
 */
public record Latency(long count, List<Point> points) {
    /** Nothing was measured. */
    public static final Latency NONE = new Latency(0, List.of());

    /** What tables show: on the curve exactly. */
    public static final List<Double> ASKED_FOR = List.of(50.0, 90.0, 99.0, 99.9, 100.0);

    /** Steps for each halving of the distance to 100 %. */
    private static final int TICKS_PER_HALF = 5;

    /** {@code percentile} of them, in percent, took at most {@code nanos}. */
    public record Point(double percentile, long nanos) {}

    /** Copies the list. */
    public Latency {
        points = List.copyOf(points);
    }

    static Latency of(Histogram recorded) {
        Histogram histogram = recorded.copy();
        if (histogram.getTotalCount() == 0) {
            return NONE;
        }
        TreeSet<Double> percentiles = new TreeSet<>(ASKED_FOR);
        for (HistogramIterationValue value : histogram.percentiles(TICKS_PER_HALF)) {
            percentiles.add(value.getPercentileLevelIteratedTo());
        }
        return new Latency(
                histogram.getTotalCount(),
                percentiles.stream()
                        .map(percentile ->
                                new Point(percentile, histogram.getValueAtPercentile(percentile)))
                        .toList());
    }

    /** Whether nothing was measured. */
    public boolean isEmpty() {
        return count == 0;
    }

    /** What that many percent took at most; 0 if nothing was measured. */
    public long nanos(double percentile) {
        for (Point point : points) {
            if (point.percentile() >= percentile) {
                return point.nanos();
            }
        }
        return 0;
    }

    /** The longest. */
    public long maxNanos() {
        return nanos(100);
    }
}
