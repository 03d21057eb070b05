package io.qight.load;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** One direction of a plot. Pure. */
sealed interface Axis {
    /** A value that is marked. */
    record Tick(double value, String label) {}

    /** Where a value is, 0 at the beginning and 1 at the end. */
    double place(double value);

    List<Tick> ticks();

    /** From 0 to at least {@code most}. */
    record Linear(double most) implements Axis {
        private static final int TICKS = 5;

        @Override
        public double place(double value) {
            return value / end();
        }

        @Override
        public List<Tick> ticks() {
            List<Tick> ticks = new ArrayList<>();
            double step = step();
            for (int i = 0; i * step <= end() + step / 2; i++) {
                ticks.add(new Tick(i * step, label(i * step, step)));
            }
            return ticks;
        }

        private double end() {
            double step = step();
            return Math.max(1, Math.ceil(most / step - 1e-9)) * step;
        }

        /** 1, 2 or 5 times a power of ten. */
        private double step() {
            double raw = Math.max(most, 1e-6) / TICKS;
            double power = Math.pow(10, Math.floor(Math.log10(raw)));
            for (int factor : new int[] {1, 2, 5}) {
                if (factor * power >= raw) {
                    return factor * power;
                }
            }
            return 10 * power;
        }

        private static String label(double value, double step) {
            int decimals = (int) Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
            return String.format(Locale.ROOT, "%,." + decimals + "f", value);
        }
    }

    /** Powers of ten from {@code least} to {@code most}, both above 0. */
    record Logarithmic(double least, double most) implements Axis {
        @Override
        public double place(double value) {
            return (Math.log10(value) - first()) / (last() - first());
        }

        @Override
        public List<Tick> ticks() {
            List<Tick> ticks = new ArrayList<>();
            for (int power = first(); power <= last(); power++) {
                ticks.add(
                        new Tick(
                                Math.pow(10, power),
                                String.format(
                                        Locale.ROOT,
                                        "%,." + Math.max(0, -power) + "f",
                                        Math.pow(10, power))));
            }
            return ticks;
        }

        private int first() {
            return (int) Math.floor(Math.log10(least) + 1e-9);
        }

        private int last() {
            return Math.max(first() + 1, (int) Math.ceil(Math.log10(most) - 1e-9));
        }
    }

    /**
     * Percentiles, by the logarithm of what is left to 100: each further nine takes as much room.
     *
     * @param nines the end: 3 is 99.9 %
     */
    record Percentiles(int nines) implements Axis {
        @Override
        public double place(double percentile) {
            double left = Math.max(Math.pow(10, -nines), 1 - percentile / 100);
            return -Math.log10(left) / nines;
        }

        @Override
        public List<Tick> ticks() {
            List<Tick> ticks = new ArrayList<>(List.of(new Tick(0, "0"), new Tick(50, "50")));
            for (int i = 1; i <= nines; i++) {
                double percentile = 100 * (1 - Math.pow(10, -i));
                ticks.add(
                        new Tick(
                                percentile,
                                String.format(
                                        Locale.ROOT, "%." + Math.max(0, i - 2) + "f", percentile)));
            }
            return ticks;
        }
    }
}
