package io.qight.relay.delivery;

/** What the checker knows of one delivery. */
final class ModelLease {
    static final long NOT_BEGUN = -1;

    final ModelSubscription subscription;
    final long number;
    final ModelEnvelope envelope;
    final int bytes;
    long endMillis = NOT_BEGUN;
    boolean asked;
    boolean counted = true;
    boolean nacked;

    ModelLease(ModelSubscription subscription, long number, ModelEnvelope envelope, int bytes) {
        this.subscription = subscription;
        this.number = number;
        this.envelope = envelope;
        this.bytes = bytes;
    }

    /** Whether the envelope is its own, in time. */
    boolean leased(long now) {
        return envelope.holder == this
                && envelope.hold == ModelEnvelope.Hold.LEASED
                && now < envelope.deadlineMillis;
    }

    boolean acking() {
        return envelope.holder == this && envelope.hold == ModelEnvelope.Hold.ACKING;
    }

    boolean overdue(long now) {
        return leased(now) && endMillis != NOT_BEGUN && endMillis <= now;
    }
}
