package io.qight.relay.delivery;

import org.jspecify.annotations.Nullable;

/** One envelope handed to a subscription. */
final class Delivery {
    /** Whose the envelope is. */
    enum State {
        /** The receiver's. */
        LEASED,
        /** The receiver's, its time is over, and it is being asked whether it lives. */
        OVERDUE,
        /** Acked; the commit that removes it is under way. */
        SETTLING,
        /** On its way to the dead letters. */
        BURYING,
        /** Nobody's, another's or gone; an ack may still count. */
        ENDED
    }

    final Subscription subscription;
    final String mailbox;
    final long number;
    final long sequence;
    final long deadlineMillis;
    final int bytes;

    /** How often the envelope was handed out, this time included. */
    final long deliveries;

    /** How often the envelope has failed. */
    int failures;

    State state = State.LEASED;

    /** Whether it takes from the credit: until the first ACK or NACK. */
    boolean counted = true;

    /** Whether it was given back by NACK, after which an ack comes too late. */
    boolean nacked;

    /** Acks of the present stream that wait for the commit. */
    int acks;

    /** Ends the lease; not set before the transport has the delivery. */
    Alarms.@Nullable Alarm leaseEnd;

    Delivery(
            Subscription subscription,
            String mailbox,
            long number,
            long sequence,
            long deadlineMillis,
            int bytes,
            long deliveries,
            int failures) {
        this.subscription = subscription;
        this.mailbox = mailbox;
        this.number = number;
        this.sequence = sequence;
        this.deadlineMillis = deadlineMillis;
        this.bytes = bytes;
        this.deliveries = deliveries;
        this.failures = failures;
    }

    /** Whether the receiver has it, in time. */
    boolean leased() {
        return state == State.LEASED || state == State.OVERDUE;
    }
}
