package io.qight.relay.flow;

import io.qight.transport.ByteBudget;
import io.qight.wire.Limits;
import java.util.concurrent.Executor;

/**
 * All bytes that the relay holds for connections: a quarter of the capacity for small reservations,
 * the rest for large ones. Reservations are granted in order, and an envelope of 10,000,000 bytes
 * may take minutes to arrive: without a part of their own, small ones would wait behind it.
 */
public final class RelayBudget {
    /** What counts as small, in bytes: whatever a FETCH reserves but for large envelopes. */
    public static final long SMALL_BYTES_MAX = 256 << 10;

    /** The least capacity, in bytes: room for one envelope of any size. */
    public static final long CAPACITY_BYTES_MIN = 16 << 20;

    private final ByteBudget small;
    private final ByteBudget large;

    /** A budget of so many bytes, at least {@link #CAPACITY_BYTES_MIN}. */
    public RelayBudget(long capacityBytes) {
        if (capacityBytes < CAPACITY_BYTES_MIN) {
            throw new IllegalArgumentException(
                    "the budget has at least "
                            + CAPACITY_BYTES_MIN
                            + " bytes, not "
                            + capacityBytes);
        }
        long smallBytes = capacityBytes / 4;
        long largeBytes = capacityBytes - smallBytes;
        small = new ByteBudget(smallBytes, Math.max(smallBytes / 4, SMALL_BYTES_MAX));
        large = new ByteBudget(largeBytes, Math.max(largeBytes / 4, Limits.ENVELOPE_BYTES_MAX));
    }

    /** The part for large reservations. */
    public ByteBudget large() {
        return large;
    }

    /** One connection's share of it, given its share of the part for large reservations. */
    public Share newShare(ByteBudget.Share largeShare, Executor executor) {
        return new Share(small.newShare(executor), largeShare);
    }

    /** A share for one who is no connection. */
    public Share newShare(Executor executor) {
        return newShare(large.newShare(executor), executor);
    }

    /** All that may be held, in bytes. */
    public long capacityBytes() {
        return small.capacityBytes() + large.capacityBytes();
    }

    /** What is held now, in bytes. */
    public long heldBytes() {
        return small.heldBytes() + large.heldBytes();
    }

    /** No less than the most that was ever held, in bytes. */
    public long highestHeldBytes() {
        return small.highestHeldBytes() + large.highestHeldBytes();
    }

    /** How many reservations wait. */
    public int waiting() {
        return small.waiting() + large.waiting();
    }

    /** A connection's share. Thread-safe. */
    public static final class Share {
        private final ByteBudget.Share small;
        private final ByteBudget.Share large;

        private Share(ByteBudget.Share small, ByteBudget.Share large) {
            this.small = small;
            this.large = large;
        }

        /** As {@link ByteBudget.Share#reserve}. */
        public ByteBudget.Reservation reserve(long bytes, Runnable whenGranted) {
            return (bytes <= SMALL_BYTES_MAX ? small : large).reserve(bytes, whenGranted);
        }
    }
}
