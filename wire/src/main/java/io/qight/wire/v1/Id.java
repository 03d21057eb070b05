package io.qight.wire.v1;

/**
 * Sixteen bytes that name an outbox, a subscription or an envelope.
 *
 * @param high the first eight bytes, big-endian
 * @param low the last eight bytes, big-endian
 */
public record Id(long high, long low) {}
