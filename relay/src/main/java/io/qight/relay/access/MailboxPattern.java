package io.qight.relay.access;

import io.qight.wire.MailboxName;
import io.qight.wire.ProtocolException;

/**
 * Some mailboxes: one by its name, or with {@code *} at the end all whose names begin with what
 * stands before it. Bytes count: case, and nothing is normalized.
 *
 * @param text the pattern
 */
record MailboxPattern(String text) {
    private static final char ANY = '*';

    /**
     * Checks the pattern.
     *
     * @throws IllegalArgumentException saying what is wrong with it
     */
    MailboxPattern {
        int any = text.indexOf(ANY);
        if (any >= 0 && any < text.length() - 1) {
            throw new IllegalArgumentException("* stands only at the end of a pattern");
        }
        try {
            // As long as a name may be, also without its end.
            new MailboxName(text);
        } catch (ProtocolException e) {
            throw new IllegalArgumentException(e.sentence(), e);
        }
    }

    boolean matches(String mailbox) {
        int fixed = text.length() - 1;
        return text.charAt(fixed) == ANY
                ? mailbox.regionMatches(0, text, 0, fixed)
                : mailbox.equals(text);
    }
}
