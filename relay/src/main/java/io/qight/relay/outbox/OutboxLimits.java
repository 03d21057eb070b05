package io.qight.relay.outbox;

/**
 * How many outboxes a relay remembers, and how long.
 *
 * @param outboxesMax in all
 * @param perAddressMax opened first from one address in this run of the relay; of an IPv6 address
 *     the first 64 bits count
 * @param rememberMillisMax the longest after an outbox's last use
 */
public record OutboxLimits(long outboxesMax, long perAddressMax, long rememberMillisMax) {
    /** The shortest time that is granted, whatever a client asks for. */
    public static final long REMEMBER_MILLIS_MIN = 600_000;

    /** The longest time that any relay grants, as WELCOME tells. */
    public static final long REMEMBER_MILLIS_MAX = 604_800_000;

    /** A million in all, ten thousand for an address, and 7 days. */
    public static final OutboxLimits USUAL = of(1_000_000, 10_000);

    /** Checks the ranges. */
    public OutboxLimits {
        if (outboxesMax < 1 || perAddressMax < 1) {
            throw new IllegalArgumentException("a relay remembers at least 1 outbox");
        }
        if (rememberMillisMax < REMEMBER_MILLIS_MIN) {
            throw new IllegalArgumentException("an outbox is remembered for at least 10 minutes");
        }
    }

    /** With the usual longest time. */
    public static OutboxLimits of(long outboxesMax, long perAddressMax) {
        return new OutboxLimits(outboxesMax, perAddressMax, REMEMBER_MILLIS_MAX);
    }

    /** How long an outbox is remembered whose client asks for this. */
    long granted(long rememberMillis) {
        return Math.max(REMEMBER_MILLIS_MIN, Math.min(rememberMillisMax, rememberMillis));
    }
}
