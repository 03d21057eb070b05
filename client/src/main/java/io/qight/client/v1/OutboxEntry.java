package io.qight.client.v1;

import io.qight.client.Receipt;
import io.qight.client.RelayException;
import org.jspecify.annotations.Nullable;

/** An envelope in an {@link Outbox}, from its acceptance to its answer. */
public final class OutboxEntry {
    /** Who is told, once, what became of it. */
    public interface Sender {
        /** The relay has taken it. */
        void taken(Receipt receipt);

        /** It was not stored, or with {@code OUTCOME_UNKNOWN} nobody knows. */
        void failed(RelayException failure);
    }

    final OutgoingEnvelope envelope;
    final long acceptedMillis;

    /** Which of the outbox's envelopes it is, in the order in which they were accepted. */
    final long order;

    private final Sender sender;

    /** The number under which it was sent; 0 if it never was. */
    long number;

    long giveUpMillis = Long.MIN_VALUE;

    /** Whether it waits for its receipt on the stream. */
    boolean underWay;

    /** Whether it was sent, and the relay has not said since that it was not stored. */
    boolean maybeStored;

    boolean settled;

    /** What the relay last said against it. */
    @Nullable Refusal refusal;

    OutboxEntry(OutgoingEnvelope envelope, long acceptedMillis, long order, Sender sender) {
        this.envelope = envelope;
        this.acceptedMillis = acceptedMillis;
        this.order = order;
        this.sender = sender;
    }

    String mailbox() {
        return envelope.mailbox();
    }

    int size() {
        return envelope.bytes().length;
    }

    void take(Receipt receipt) {
        settled = true;
        sender.taken(receipt);
    }

    void fail(RelayException failure) {
        settled = true;
        sender.failed(failure);
    }
}
