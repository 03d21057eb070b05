package io.qight.bench.compare;

import java.util.Locale;

/**
 * How many times as long one build takes as another, by one figure of one row: with a rate, for a
 * message.
 *
 * @param row what was done
 * @param figure what was read off it
 * @param times 1 is as fast, 2 takes twice as long
 */
record Slowdown(Row row, Figure figure, Interval times) {
    /** 25 % slower. */
    static final double TIMES_MAX = 1.25;

    static Slowdown of(Row row, Figure figure, double[] base, double[] now) {
        return new Slowdown(
                row,
                figure,
                figure.moreIsBetter()
                        ? Bootstrap.ofRatio(base, now)
                        : Bootstrap.ofRatio(now, base));
    }

    /** Whether even the bound that speaks for the build is too slow. */
    boolean tooSlow() {
        return times.low() >= TIMES_MAX;
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%s, %s: takes %.2f times as long (%.2f to %.2f): %s",
                row,
                figure.text(),
                times.middle(),
                times.low(),
                times.high(),
                tooSlow() ? "TOO SLOW" : "passes");
    }
}
