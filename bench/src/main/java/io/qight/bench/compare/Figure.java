package io.qight.bench.compare;

import java.util.Locale;

/** What is read off a measurement. */
enum Figure {
    PER_SECOND("a second", true),
    P50("p50 in us", false),
    P99("p99 in us", false);

    private final String text;
    private final boolean moreIsBetter;

    Figure(String text, boolean moreIsBetter) {
        this.text = text;
        this.moreIsBetter = moreIsBetter;
    }

    /** In names of files, for example {@code per-second}. */
    String token() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** For people. */
    String text() {
        return text;
    }

    /** Whether it is a rate; else it is a time. */
    boolean moreIsBetter() {
        return moreIsBetter;
    }
}
