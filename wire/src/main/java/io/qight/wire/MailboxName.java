package io.qight.wire;

import java.nio.charset.StandardCharsets;

/**
 * The name of a mailbox: 1 to 255 bytes of UTF-8 without control characters (Unicode category Cc).
 *
 * @param value the name
 */
public record MailboxName(String value) {
    /** Names that begin so are key-addressed: an Ed25519 public key follows. */
    public static final String KEY_PREFIX = "key:";

    /** Checks the name; {@link ErrorCode#INVALID_MAILBOX} says what is wrong with it. */
    public MailboxName {
        if (value.isEmpty()) {
            throw invalid("the mailbox name is empty");
        }
        // At most three bytes for each char: most names need no encoding to be measured.
        if (value.length() * 3 > Limits.MAILBOX_NAME_BYTES_MAX) {
            int bytes = value.getBytes(StandardCharsets.UTF_8).length;
            if (bytes > Limits.MAILBOX_NAME_BYTES_MAX) {
                throw invalid(
                        "the mailbox name has "
                                + bytes
                                + " bytes, at most "
                                + Limits.MAILBOX_NAME_BYTES_MAX
                                + " are allowed");
            }
        }
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (Character.isISOControl(c)) {
                throw invalid("the mailbox name has a control character");
            }
            if (Character.isHighSurrogate(c)
                    && i + 1 < value.length()
                    && Character.isLowSurrogate(value.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                throw invalid("the mailbox name is not valid Unicode");
            }
        }
    }

    /** Whether the name stands for the holder of a key. */
    public boolean keyAddressed() {
        return value.startsWith(KEY_PREFIX);
    }

    @Override
    public String toString() {
        return value;
    }

    private static ProtocolException invalid(String sentence) {
        return new ProtocolException(ErrorCode.INVALID_MAILBOX, sentence);
    }
}
