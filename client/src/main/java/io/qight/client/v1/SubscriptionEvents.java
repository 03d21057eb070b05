package io.qight.client.v1;

import io.qight.client.RefusedException;

/** What a {@link Subscribed} tells; called while it handles a frame, a call or the time. */
public interface SubscriptionEvents {
    /** An envelope came, to be answered by its number. */
    void delivered(ReceivedEnvelope delivery);

    /**
     * The lease of a delivery that is not answered yet has ended: others may have it, and it should
     * be given up. It is to be answered all the same.
     */
    void lost(long delivery);

    /**
     * The relay has answered an ack.
     *
     * @param removed false if the envelope was in other hands by then, or gone
     */
    void answered(long delivery, boolean removed);

    /** A mailbox is the subscription's now, for the first time. */
    void added(String mailbox);

    /** The relay does not give the mailbox, or not any more. */
    void refused(String mailbox, RefusedException why);

    /** Nothing more comes of the mailbox, as wished. */
    void removed(String mailbox);

    /** All that waited in all mailboxes when they were added has been delivered, or was gone. */
    void caughtUp();

    /** The relay has ended the subscription for good. */
    void ended(RefusedException why);
}
