package io.qight.wire.text;

import static java.nio.charset.StandardCharsets.UTF_8;

/** Texts for people, which never fail: what does not fit is made to fit. */
public final class Sentence {
    private Sentence() {}

    /** The text with a space for each control character. */
    public static String printable(String text) {
        char[] chars = text.toCharArray();
        for (int i = 0; i < chars.length; i++) {
            if (Character.isISOControl(chars[i])) {
                chars[i] = ' ';
            }
        }
        return new String(chars);
    }

    /** As {@link #printable}, cut to so many bytes of UTF-8; half a surrogate pair becomes "?". */
    public static String fit(String text, int bytesMax) {
        byte[] bytes = printable(text).getBytes(UTF_8);
        int length = Math.min(bytes.length, bytesMax);
        // A cut falls between characters, never within one.
        while (length < bytes.length && (bytes[length] & 0xC0) == 0x80) {
            length--;
        }
        return new String(bytes, 0, length, UTF_8);
    }
}
