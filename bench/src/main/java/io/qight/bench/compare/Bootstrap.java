package io.qight.bench.compare;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.DoubleSupplier;

/**
 * Medians with their 90 % intervals, by the percentile bootstrap: as many values are drawn from
 * those measured, with replacement, and that 10,000 times; 5 % of what they give lies below the
 * interval and 5 % above. The same values always give the same interval.
 */
final class Bootstrap {
    private static final int DRAWS = 10_000;
    private static final double OUTSIDE = 0.05;
    private static final long SEED = 1;

    private Bootstrap() {}

    /** The middle one, or the mean of the two in the middle; at least one value. */
    static double median(double[] values) {
        if (values.length == 0) {
            throw new IllegalArgumentException("no values have no median");
        }
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /** The median of what was measured. */
    static Interval ofMedian(double[] values) {
        SplittableRandom random = new SplittableRandom(SEED);
        return interval(median(values), () -> median(drawn(values, random)));
    }

    /** The median of the one divided by that of the other; each side is drawn by itself. */
    static Interval ofRatio(double[] dividend, double[] divisor) {
        SplittableRandom random = new SplittableRandom(SEED);
        return interval(
                median(dividend) / median(divisor),
                () -> median(drawn(dividend, random)) / median(drawn(divisor, random)));
    }

    private static Interval interval(double found, DoubleSupplier draw) {
        double[] draws = new double[DRAWS];
        Arrays.setAll(draws, i -> draw.getAsDouble());
        Arrays.sort(draws);
        int outside = (int) (DRAWS * OUTSIDE);
        return new Interval(draws[outside], found, draws[DRAWS - 1 - outside]);
    }

    private static double[] drawn(double[] values, SplittableRandom random) {
        double[] drawn = new double[values.length];
        for (int i = 0; i < drawn.length; i++) {
            drawn[i] = values[random.nextInt(values.length)];
        }
        return drawn;
    }
}
