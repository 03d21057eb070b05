package io.qight.identity;

/** What is known of an envelope's sender. A forged one has none: it is not handed out. */
public enum Authenticity {
    /** The sender is a key, and its holder signed the envelope for this mailbox. */
    VERIFIED,

    /** Nothing proves the sender, which is no key. */
    UNSIGNED
}
