package io.qight.identity;

import io.qight.wire.MessageEnvelope;

/**
 * An envelope that was read.
 *
 * @param envelope what it says
 * @param authenticity what is known of its sender
 * @param sealed whether it was sealed on its way
 */
public record OpenedEnvelope(MessageEnvelope envelope, Authenticity authenticity, boolean sealed) {}
