package io.qight.identity;

import io.qight.wire.MailboxName;

/**
 * What a sender does to protect an envelope. Immutable.
 *
 * @param sealed only the holder of the mailbox's key can read sender, headers and payload; for
 *     mailboxes of keys alone
 * @param signed the envelope proves its sender, which is the key of the identity that signs
 * @param padded what is sealed is brought to one of few sizes, for at most 12 % more; only with
 *     sealing
 */
public record Protection(boolean sealed, boolean signed, boolean padded) {
    /** None. */
    public static final Protection NONE = new Protection(false, false, false);

    /**
     * Checks it.
     *
     * @throws IllegalArgumentException if it pads without sealing
     */
    public Protection {
        if (padded && !sealed) {
            throw new IllegalArgumentException("only what is sealed can be padded");
        }
    }

    /**
     * The usual one: what goes to a key is sealed, and signed by whoever has an identity; what goes
     * to a name is neither. Padding is left to choice, since it costs space for every envelope and
     * helps only where sizes tell something.
     */
    public static Protection usual(MailboxName mailbox, boolean withIdentity) {
        return mailbox.keyAddressed() ? new Protection(true, withIdentity, false) : NONE;
    }

    /** The same, but sealed. */
    public Protection withSeal() {
        return new Protection(true, signed, padded);
    }

    /** The same, but neither sealed nor padded. */
    public Protection withoutSeal() {
        return new Protection(false, signed, false);
    }

    /** The same, but signed. */
    public Protection withSignature() {
        return new Protection(sealed, true, padded);
    }

    /** The same, but not signed. */
    public Protection withoutSignature() {
        return new Protection(sealed, false, padded);
    }

    /**
     * The same, but padded.
     *
     * @throws IllegalArgumentException if it is not sealed
     */
    public Protection withPadding() {
        return new Protection(sealed, signed, true);
    }
}
