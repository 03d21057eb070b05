package io.qight.testkit.promises;

/** What a sender was told of one envelope. */
public enum Outcome {
    /** It is in its mailbox. */
    STORED,
    /** Its number was taken before, so it is or was in its mailbox. */
    DUPLICATE,
    /** It is not stored, now or before, by the relay's word or as it was never sent. */
    REFUSED,
    /** Whether it is stored is not known. */
    UNKNOWN,
    /** The sender gave it up at the end of its time; whether it was stored is not known. */
    EXPIRED
}
