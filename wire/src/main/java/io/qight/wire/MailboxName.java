package io.qight.wire;

import io.netty.buffer.ByteBufUtil;
import io.qight.wire.text.Unicode;

/**
 * The name of a mailbox: 1 to 255 bytes of UTF-8 without control characters (Unicode category Cc).
 * Names are equal when their bytes are; nothing is normalized and case counts.
 *
 * @param value the name
 */
public record MailboxName(String value) {
    /** Names that begin so are key-addressed: an Ed25519 public key follows. */
    public static final String KEY_PREFIX = "key:";

    /**
     * Checks the name.
     *
     * @throws ProtocolException {@link ErrorCode#INVALID_MAILBOX}, saying what is wrong with it
     */
    public MailboxName {
        if (value.isEmpty()) {
            throw invalid("the mailbox name is empty");
        }
        if (value.length() > Limits.MAILBOX_NAME_BYTES_MAX
                || ByteBufUtil.utf8Bytes(value) > Limits.MAILBOX_NAME_BYTES_MAX) {
            throw invalid(
                    "the mailbox name has more than " + Limits.MAILBOX_NAME_BYTES_MAX + " bytes");
        }
        if (!Unicode.isEncodable(value)) {
            throw invalid("the mailbox name is not valid Unicode");
        }
        for (int i = 0; i < value.length(); i++) {
            if (Character.isISOControl(value.charAt(i))) {
                throw invalid("the mailbox name has a control character");
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
