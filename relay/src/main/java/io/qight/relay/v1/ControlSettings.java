package io.qight.relay.v1;

import io.qight.identity.Identity;
import io.qight.relay.outbox.OutboxLimits;
import io.qight.wire.Limits;
import io.qight.wire.v1.ConnectionLimits;
import io.qight.wire.v1.EnvelopeCodec;
import java.time.Duration;
import java.util.Optional;

/**
 * What a connection is told, and held to.
 *
 * @param relayName for people
 * @param proofs what decides whether a client is who it claims to be
 * @param durability what {@code stored} stands for, as its number on the wire
 * @param limits what a connection may do
 * @param drainMillis how long a draining relay waits for what is under way
 * @param requestTimeoutMillis the grace for a frame to be whole; three times as long a client may
 *     take nothing of what is written for it
 * @param receiptKey what signs receipts, for those who ask for it; empty if none are signed
 */
public record ControlSettings(
        String relayName,
        Proofs proofs,
        long durability,
        ConnectionLimits limits,
        long drainMillis,
        long requestTimeoutMillis,
        Optional<Identity> receiptKey) {
    /** The usual limits, with what a relay's configuration says. */
    public static ConnectionLimits limits(Duration ttlMax, Duration idleTimeout) {
        return limits(Limits.ENVELOPE_BYTES_MAX, ttlMax, idleTimeout);
    }

    /** The same with another largest envelope. */
    public static ConnectionLimits limits(
            int envelopeBytesMax, Duration ttlMax, Duration idleTimeout) {
        return new ConnectionLimits(
                envelopeBytesMax,
                Math.min(ttlMax.toMillis(), EnvelopeCodec.TTL_MILLIS_MAX),
                4_096,
                16 << 20,
                65_536,
                64 << 20,
                100_000,
                Duration.ofSeconds(1).toMillis(),
                Duration.ofHours(12).toMillis(),
                OutboxLimits.REMEMBER_MILLIS_MAX,
                idleTimeout.toMillis());
    }
}
