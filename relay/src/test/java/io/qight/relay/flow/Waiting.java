package io.qight.relay.flow;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for what another thread brings about. */
public final class Waiting {
    /**
     * Longer than QUIC takes to give a silent peer up on an overloaded machine: never less than
     * three times its probe timeout, which grows with the round trip (RFC 9000, section 10.1).
     */
    private static final long MILLIS_MAX = 60_000;

    private Waiting() {}

    /** Returns once the condition holds; fails after 60 s. */
    public static void until(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(MILLIS_MAX);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("not within " + MILLIS_MAX + " ms: " + what);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
    }
}
