package io.qight.cli;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;

/** How a payload, which may be any bytes, is shown, and texts that others made up. */
final class Payload {
    private Payload() {}

    /** The payload's text, if it is valid UTF-8. */
    static Optional<String> text(byte[] payload) {
        try {
            return Optional.of(
                    StandardCharsets.UTF_8
                            .newDecoder()
                            .decode(ByteBuffer.wrap(payload))
                            .toString());
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }

    /** For a terminal: no control characters but tab and line feed ever reach it. */
    static String printable(byte[] payload) {
        return text(payload)
                .filter(text -> text.codePoints().allMatch(Payload::harmless))
                .orElseGet(() -> "base64:" + base64(payload));
    }

    /** For programs: {@code payload}, or {@code payloadBase64} where it is not UTF-8. */
    static void describe(byte[] payload, JsonObject object) {
        text(payload)
                .ifPresentOrElse(
                        text -> object.text("payload", text),
                        () -> object.text("payloadBase64", base64(payload)));
    }

    /** The beginning of some bytes, for one line of a terminal: at most so many characters. */
    static String beginning(byte[] bytes, boolean whole, int charactersMax) {
        String text = tame(new String(bytes, StandardCharsets.UTF_8));
        int characters = text.codePointCount(0, text.length());
        if (whole && characters <= charactersMax) {
            return text;
        }
        int shown = Math.min(characters, charactersMax);
        return text.substring(0, text.offsetByCodePoints(0, shown)) + "…";
    }

    /** A text on one line: a dot for each control character. */
    static String tame(String text) {
        StringBuilder tamed = new StringBuilder();
        text.codePoints()
                .map(character -> Character.isISOControl(character) ? '.' : character)
                .forEach(tamed::appendCodePoint);
        return tamed.toString();
    }

    private static String base64(byte[] payload) {
        return Base64.getEncoder().encodeToString(payload);
    }

    private static boolean harmless(int codePoint) {
        return codePoint == '\n' || codePoint == '\t' || !Character.isISOControl(codePoint);
    }
}
