package io.qight.bench.compare;

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

    /** For people. */
    String text() {
        return text;
    }

    /** Whether it is a rate; else it is a time. */
    boolean moreIsBetter() {
        return moreIsBetter;
    }
}
