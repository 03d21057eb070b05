package io.qight.cli;

import io.qight.wire.MessageEnvelope;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;

/** How a payload, which may be any bytes, is shown. */
final class Payload {
    private Payload() {}

    /** The payload's text, if it is valid UTF-8. */
    static Optional<String> text(MessageEnvelope envelope) {
        try {
            return Optional.of(
                    StandardCharsets.UTF_8
                            .newDecoder()
                            .decode(envelope.payloadBuffer())
                            .toString());
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }

    /** For a terminal: no control characters but tab and line feed ever reach it. */
    static String printable(MessageEnvelope envelope) {
        return text(envelope)
                .filter(text -> text.codePoints().allMatch(Payload::harmless))
                .orElseGet(() -> "base64:" + base64(envelope));
    }

    static String base64(MessageEnvelope envelope) {
        return Base64.getEncoder().encodeToString(envelope.payload());
    }

    private static boolean harmless(int codePoint) {
        return codePoint == '\n' || codePoint == '\t' || !Character.isISOControl(codePoint);
    }
}
