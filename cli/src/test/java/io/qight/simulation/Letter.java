package io.qight.simulation;

import io.qight.client.v1.OutgoingEnvelope;
import io.qight.identity.EnvelopeWriter;
import io.qight.identity.Protection;
import io.qight.wire.MessageEnvelope;
import java.util.Optional;

/** One envelope as its sender and the history know it. */
final class Letter {
    final String outbox;
    final long number;
    final String mailbox;
    final long ttlMillis;
    final long acceptedMillis;
    final OutgoingEnvelope envelope;

    /** Stands for all that must come as it was sent. */
    final long hash;

    /** By the relay's clock the deadline is not later, for all that has arrived there so far. */
    long deadlineMaxMillis = Long.MIN_VALUE;

    Letter(
            String outbox,
            long number,
            String mailbox,
            long ttlMillis,
            long acceptedMillis,
            int fillBytes) {
        this.outbox = outbox;
        this.number = number;
        this.mailbox = mailbox;
        this.ttlMillis = ttlMillis;
        this.acceptedMillis = acceptedMillis;
        String payload = outbox + " " + number + " " + "x".repeat(fillBytes);
        this.hash = hash(payload);
        this.envelope =
                OutgoingEnvelope.of(
                        MessageEnvelope.builder()
                                .id(outbox + "-" + number)
                                .sender("sender")
                                .recipient(mailbox)
                                .timestampSeconds(17)
                                .ttlMillis(ttlMillis)
                                .payload(payload)
                                .build(),
                        Protection.NONE,
                        new EnvelopeWriter(Optional.empty()));
    }

    /** Stands for a payload. */
    static long hash(String payload) {
        return payload.hashCode();
    }

    @Override
    public String toString() {
        return "envelope " + number + " of " + outbox;
    }
}
