package io.qight.relay;

import io.qight.wire.MessageEnvelope;
import java.util.Optional;

/**
 * One envelope that waits in a mailbox, as an operator sees it.
 *
 * @param sequence its number in the store
 * @param bytes how many bytes it has, header included
 * @param leftMillis how long it may still wait; 0 where it is about to be removed
 * @param failures how often it failed
 * @param handedOut whether a receiver holds it now
 * @param envelope the envelope; empty where the relay cannot read it, because it is sealed
 */
public record EnvelopeReport(
        long sequence,
        int bytes,
        long leftMillis,
        int failures,
        boolean handedOut,
        Optional<MessageEnvelope> envelope) {}
