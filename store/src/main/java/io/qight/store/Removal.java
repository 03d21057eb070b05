package io.qight.store;

/** The ways in which an envelope leaves its mailbox. There is no other. */
public enum Removal {
    /** Its receiver has it. */
    ACKED,
    /** Its time to live ended. */
    EXPIRED,
    /** A newer envelope with the same collapse key took its place. */
    COLLAPSED,
    /** An operator threw it away. */
    PURGED,
    /** It failed too often, and went to the dead letters. */
    DEAD
}
