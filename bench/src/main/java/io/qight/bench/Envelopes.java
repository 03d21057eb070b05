package io.qight.bench;

import io.qight.wire.MessageEnvelope;

/** Envelopes to measure with. */
public final class Envelopes {
    private Envelopes() {}

    /** One with so many bytes of payload, that lives for an hour. */
    public static MessageEnvelope of(String recipient, int payloadBytes) {
        return MessageEnvelope.builder()
                .sender("bench")
                .recipient(recipient)
                .ttlSeconds(3600)
                .payload(new byte[payloadBytes])
                .build();
    }
}
