package io.qight.relay.delivery;

import org.jspecify.annotations.Nullable;

/** One envelope handed to a subscription. */
final class Delivery {
    /** Whose the envelope is. */
    enum State {
        /** The receiver's. */
        LEASED,
        /** The receiver's, and its time is over. */
        OVERDUE,
        /** As before, and the receiver is being asked whether it lives. */
        ASKED,
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
    long deliveries;

    /** How often the envelope has failed. */
    int failures;

    State state = State.LEASED;

    /** Whether it takes from the credit: until the first ACK or NACK. */
    boolean counted = true;

    /** Whether it was given back by NACK, after which an ack comes too late. */
    boolean nacked;

    /** Acks of the present stream that wait for the commit. */
    int acks;

    /** Ends the lease, or is its deadline; not set before the transport has the delivery. */
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

    /** The envelope was handed out and failed more often since. */
    void count(long deliveriesSince, int failuresSince) {
        deliveries = deliveriesSince;
        failures = failuresSince;
    }

    /** Whether the receiver has it, in time. */
    boolean leased() {
        return state == State.LEASED || overdue();
    }

    /** Whether the receiver has it, and only for as long as it is not known to live. */
    boolean overdue() {
        return state == State.OVERDUE || state == State.ASKED;
    }

    /** Whether it is the receiver's no more, also for its credit. */
    boolean over() {
        return state == State.ENDED && !counted;
    }
}
