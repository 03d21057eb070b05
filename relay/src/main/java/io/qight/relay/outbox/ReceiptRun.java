package io.qight.relay.outbox;

import io.qight.wire.v1.ReceiptOutcome;

/**
 * What became of SENDs that follow each other on their stream.
 *
 * @param count how many, 1 or more
 * @param outcome the same for all
 */
public record ReceiptRun(int count, ReceiptOutcome outcome) {}
