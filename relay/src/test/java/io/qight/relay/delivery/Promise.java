package io.qight.relay.delivery;

/** What the simulation holds the deliveries to; docs/protocol.md 6.1 and 6.7 say it in full. */
enum Promise {
    NOTHING_LOST,
    NOTHING_AFTER_ACKED,
    ORDER,
    NOTHING_PAST_ITS_DEADLINE,
    ONE_HOLDER,
    FAILURES_COUNTED,
    CREDIT,
    ONE_ANSWER,
    NOTHING_WAITS_IN_VAIN,
    AS_THE_PAGE_SAYS;

    /** Unless it holds, this promise is broken. */
    void holds(boolean condition, String otherwise, Object... what) {
        if (!condition) {
            throw new AssertionError(this + ": " + String.format(otherwise, what));
        }
    }
}
