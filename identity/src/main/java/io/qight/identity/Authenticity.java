package io.qight.identity;

import io.qight.wire.MailboxName;
import io.qight.wire.MessageEnvelope;

/** What is known of an envelope's sender. A forged one has none: it is not handed out. */
public enum Authenticity {
    /** The sender is a key, and its holder signed the envelope for this mailbox. */
    VERIFIED,

    /** Nothing proves the sender, which is no key. */
    UNSIGNED;

    /**
     * That of an envelope that a client or an {@link EnvelopeReader} has handed out, which shows in
     * its sender: one that is a key has signed. It says nothing of an envelope of another origin.
     */
    public static Authenticity ofFetched(MessageEnvelope envelope) {
        return envelope.sender().startsWith(MailboxName.KEY_PREFIX) ? VERIFIED : UNSIGNED;
    }
}
