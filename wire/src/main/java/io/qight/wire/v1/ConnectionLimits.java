package io.qight.wire.v1;

import io.qight.wire.Limits;

/**
 * What a relay allows on a connection; WELCOME and LIMITS carry it. Times are in milliseconds.
 *
 * @param envelopeBytesMax the largest envelope
 * @param ttlMillisMax the largest time to live
 * @param sendEnvelopes how many envelopes one SEND stream may have without receipt
 * @param sendBytes how many bytes of them
 * @param creditEnvelopesMax the largest credit in envelopes
 * @param creditBytesMax the largest credit in bytes
 * @param mailboxesMax how many mailboxes all subscriptions of the connection may have together
 * @param leaseMillisMin the shortest lease
 * @param leaseMillisMax the longest lease
 * @param rememberMillisMax how long an outbox may be remembered
 * @param idleMillis silence after which the connection counts as lost
 */
public record ConnectionLimits(
        long envelopeBytesMax,
        long ttlMillisMax,
        long sendEnvelopes,
        long sendBytes,
        long creditEnvelopesMax,
        long creditBytesMax,
        long mailboxesMax,
        long leaseMillisMin,
        long leaseMillisMax,
        long rememberMillisMax,
        long idleMillis) {
    /** What every relay allows, and all that a client may use before WELCOME. */
    public static final int SEND_ENVELOPES_MIN = 64;

    /** As {@link #SEND_ENVELOPES_MIN}, in bytes of envelopes. */
    public static final int SEND_BYTES_MIN = 65_536;

    /** Checks what has a bound. */
    public ConnectionLimits {
        Values.require(
                envelopeBytesMax <= Limits.ENVELOPE_BYTES_MAX,
                "the largest envelope has at most " + Limits.ENVELOPE_BYTES_MAX + " bytes");
        Values.require(
                sendEnvelopes >= SEND_ENVELOPES_MIN && sendBytes >= SEND_BYTES_MIN,
                "the window of a SEND stream is smaller than it may be");
    }
}
