package io.qight.relay.v1;

import java.util.function.BooleanSupplier;
import java.util.function.DoubleConsumer;

/**
 * What one connection begins, streams and mailboxes, and whether it counts for the address: while
 * the connection is new, as who comes, begins much and goes would take the time of those that stay;
 * while the relay has more to do than it can; and for a while after so much was begun here that the
 * address must wait. Else who is connected may begin as much as it likes. Told on the event loop.
 */
final class Beginnings {
    /** What a stream takes of a relay's time, in connections. */
    static final double STREAM = 0.1;

    /** The same of a mailbox that is added. */
    static final double MAILBOX = 0.01;

    static final long NEW_MILLIS = 1_000;
    static final long SUSPECT_MILLIS = 60_000;

    private final DoubleConsumer charge;
    private final BooleanSupplier addressMustWait;
    private final BooleanSupplier relayIsBehind;
    private long countedUntilMillis;
    private boolean tooMuch;

    /**
     * Of a connection that is opened now.
     *
     * @param charge has so much count for the address
     * @param addressMustWait whether that was more than it may
     */
    Beginnings(
            DoubleConsumer charge,
            BooleanSupplier addressMustWait,
            BooleanSupplier relayIsBehind,
            long nowMillis) {
        this.charge = charge;
        this.addressMustWait = addressMustWait;
        this.relayIsBehind = relayIsBehind;
        this.countedUntilMillis = nowMillis + NEW_MILLIS;
    }

    /** Whether what is begun now counts. */
    boolean count(long nowMillis) {
        return nowMillis < countedUntilMillis || relayIsBehind.getAsBoolean();
    }

    /** So much is begun; says whether that is too much, if it was not before. */
    boolean begin(double connections, long nowMillis) {
        if (connections == 0 || !count(nowMillis)) {
            return false;
        }
        charge.accept(connections);
        if (tooMuch || !addressMustWait.getAsBoolean()) {
            return false;
        }
        tooMuch = true;
        countedUntilMillis = nowMillis + SUSPECT_MILLIS;
        return true;
    }

    /** Whether nothing more may be begun now: until the address has waited long enough. */
    boolean mustWait() {
        tooMuch = tooMuch && addressMustWait.getAsBoolean();
        return tooMuch;
    }
}
