package io.qight.wire.text;

/** What the JDK's encoders would change without a word. */
public final class Unicode {
    private Unicode() {}

    /**
     * Whether the text can be encoded at all: {@code getBytes} puts a question mark for a surrogate
     * without its other half.
     */
    public static boolean isEncodable(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isSurrogate(c)) {
                i++;
                if (i == text.length() || !Character.isSurrogatePair(c, text.charAt(i))) {
                    return false;
                }
            }
        }
        return true;
    }
}
