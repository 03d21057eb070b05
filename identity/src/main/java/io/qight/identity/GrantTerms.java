package io.qight.identity;

import io.qight.wire.ErrorCode;
import io.qight.wire.Limits;
import io.qight.wire.ProtocolException;
import io.qight.wire.v1.Id;
import java.security.SecureRandom;
import java.time.Duration;

/**
 * What a grant allows, to whom, and how long. Times are in milliseconds since 1970.
 *
 * @param key the one-purpose key whose holder may send
 * @param id names the grant among those of its owner, to revoke it by
 * @param notBeforeMillis from when on it holds
 * @param expiresMillis when it ends, after {@code notBeforeMillis}, by at most {@link #LIFE_MAX}
 * @param rate how fast
 * @param envelopeBytesMax the largest envelope, 1 to 10,000,000 bytes
 */
public record GrantTerms(
        IdentityKey key,
        Id id,
        long notBeforeMillis,
        long expiresMillis,
        Rate rate,
        long envelopeBytesMax) {
    /** The longest time from a grant's beginning to its end. */
    public static final Duration LIFE_MAX = Duration.ofDays(366);

    private static final SecureRandom RANDOM = new SecureRandom();

    /**
     * Checks the ranges.
     *
     * @throws ProtocolException {@link ErrorCode#MALFORMED_FRAME}, saying what is out of its range
     */
    public GrantTerms {
        require(
                notBeforeMillis >= 0
                        && expiresMillis > notBeforeMillis
                        && expiresMillis - notBeforeMillis <= LIFE_MAX.toMillis(),
                "a grant holds for 1 ms to " + LIFE_MAX.toDays() + " days");
        require(
                envelopeBytesMax >= 1 && envelopeBytesMax <= Limits.ENVELOPE_BYTES_MAX,
                "a grant is for envelopes of 1 to " + Limits.ENVELOPE_BYTES_MAX + " bytes");
    }

    /** A new grant, with a random id. */
    public static GrantTerms of(
            IdentityKey key,
            long notBeforeMillis,
            long expiresMillis,
            Rate rate,
            long envelopeBytesMax) {
        Id id = new Id(RANDOM.nextLong(), RANDOM.nextLong());
        return new GrantTerms(key, id, notBeforeMillis, expiresMillis, rate, envelopeBytesMax);
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new ProtocolException(ErrorCode.MALFORMED_FRAME, otherwise);
        }
    }

    /**
     * How fast somebody may send: in the mean so many envelopes in a time, and so many at once.
     *
     * @param envelopes 1 to 1,000,000
     * @param periodMillis in how many milliseconds, 1 to those of 31 days
     * @param burst how many at once, 1 to 1,000,000
     */
    public record Rate(long envelopes, long periodMillis, long burst) {
        private static final long COUNT_MAX = 1_000_000;
        private static final long PERIOD_MILLIS_MAX = Duration.ofDays(31).toMillis();

        /**
         * Checks the ranges.
         *
         * @throws ProtocolException {@link ErrorCode#MALFORMED_FRAME}, saying what is out of it
         */
        public Rate {
            require(
                    envelopes >= 1 && envelopes <= COUNT_MAX && burst >= 1 && burst <= COUNT_MAX,
                    "a rate is of 1 to 1000000 envelopes, and as many at once");
            require(
                    periodMillis >= 1 && periodMillis <= PERIOD_MILLIS_MAX,
                    "a rate's period has 1 ms to 31 days");
        }

        /** So many in a second, and as many at once. */
        public static Rate perSecond(long envelopes) {
            return new Rate(envelopes, 1_000, envelopes);
        }
    }
}
