package io.qight.relay;

import io.qight.wire.MessageEnvelope;
import java.time.Instant;
import java.util.Optional;

/**
 * One dead letter, as an operator sees it.
 *
 * @param sequence its number in the store, which is not the one that the envelope had
 * @param bytes how many bytes the envelope has, header included
 * @param leftMillis how long it is kept; 0 where it is about to be removed
 * @param failures how often the envelope had failed
 * @param reason why it was put aside, as its last receiver said or the relay found
 * @param buried when it was put aside
 * @param envelope the envelope; empty where the relay cannot read it, because it is sealed
 */
public record DeadLetterReport(
        long sequence,
        int bytes,
        long leftMillis,
        int failures,
        String reason,
        Instant buried,
        Optional<MessageEnvelope> envelope) {}
