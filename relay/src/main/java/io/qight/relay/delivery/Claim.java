package io.qight.relay.delivery;

/** One receiver's claim on one mailbox, under a number of the client's choosing. */
final class Claim {
    final Subscription subscription;
    final Mailbox mailbox;
    final long number;

    /** The last sequence that waited when it was made: with that it has caught up. */
    final long backlogLast;

    boolean caughtUp;

    Claim(Subscription subscription, Mailbox mailbox, long number, long backlogLast) {
        this.subscription = subscription;
        this.mailbox = mailbox;
        this.number = number;
        this.backlogLast = backlogLast;
    }
}
