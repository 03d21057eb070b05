package io.qight.load;

import java.time.Duration;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/** Figures as people read them. */
final class Units {
    private static final String[] BYTES = {"B", "KiB", "MiB", "GiB", "TiB"};

    private Units() {}

    static String count(long count) {
        return String.format(Locale.ROOT, "%,d", count);
    }

    static String perSecond(double rate) {
        return String.format(Locale.ROOT, "%,.0f/s", rate);
    }

    /** To three digits: {@code 812 us}, {@code 5.40 ms}, {@code 1.25 s}. */
    static String nanos(long nanos) {
        if (nanos < 1_000_000) {
            return digits(nanos / 1e3) + " us";
        }
        return nanos < 1_000_000_000 ? digits(nanos / 1e6) + " ms" : digits(nanos / 1e9) + " s";
    }

    static String seconds(Duration duration) {
        return String.format(Locale.ROOT, "%.1f s", duration.toMillis() / 1e3);
    }

    static String bytes(OptionalLong bytes) {
        return bytes.isPresent() ? bytes((double) bytes.getAsLong()) : Machine.UNKNOWN;
    }

    static String bytes(double bytes) {
        double value = bytes;
        int unit = 0;
        while (value >= 1024 && unit < BYTES.length - 1) {
            value /= 1024;
            unit++;
        }
        return (unit == 0 ? String.format(Locale.ROOT, "%.0f", value) : digits(value))
                + " "
                + BYTES[unit];
    }

    static String processors(OptionalDouble processors) {
        return processors.isPresent()
                ? String.format(Locale.ROOT, "%.2f", processors.getAsDouble())
                : Machine.UNKNOWN;
    }

    static String digits(double value) {
        int decimals = value < 10 ? 2 : value < 100 ? 1 : 0;
        return String.format(Locale.ROOT, "%." + decimals + "f", value);
    }
}
