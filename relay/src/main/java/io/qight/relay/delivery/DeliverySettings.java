package io.qight.relay.delivery;

import io.qight.wire.v1.ConnectionLimits;

/**
 * How the relay hands out. Times are in milliseconds.
 *
 * @param limits what clients are told
 * @param graceMillis how long leases run on after their connection was lost
 * @param failuresMax at how many failures an envelope goes to the dead letters
 * @param numbersKnown how many delivery numbers of a subscription are remembered at least
 * @param holdMillis how long the list of what a client holds may take to arrive
 * @param deadMillis how long dead letters are kept
 * @param deadMax how many dead letters one mailbox may have
 * @param receptionsMax how many mailboxes all clients together may receive from; one that several
 *     receive from counts for each
 */
public record DeliverySettings(
        ConnectionLimits limits,
        long graceMillis,
        int failuresMax,
        int numbersKnown,
        long holdMillis,
        long deadMillis,
        int deadMax,
        long receptionsMax) {
    /** As many as usual, which take about 400 MB. */
    public static final long RECEPTIONS_MAX = 500_000;

    /** 30 s of grace, 5 failures, 1,024 numbers; dead letters 7 days and 1,000 a mailbox. */
    public static DeliverySettings of(ConnectionLimits limits) {
        return of(limits, RECEPTIONS_MAX);
    }

    /** The same with another number of mailboxes that all may receive from. */
    public static DeliverySettings of(ConnectionLimits limits, long receptionsMax) {
        return new DeliverySettings(
                limits, 30_000, 5, 1024, 10_000, 604_800_000, 1000, receptionsMax);
    }
}
