package io.qight.wire.v1;

/**
 * What a relay allows on a connection; WELCOME and LIMITS carry it. Times are in milliseconds.
 *
 * @param envelopeBytesMax the largest envelope
 * @param ttlMillisMax the largest time to live
 * @param sendEnvelopes how many envelopes one SEND stream may have without receipt
 * @param sendBytes how many bytes of them
 * @param creditEnvelopesMax the largest credit in envelopes
 * @param creditBytesMax the largest credit in bytes
 * @param mailboxesMax how many mailboxes one subscription may have
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
        long idleMillis) {}
