package io.qight.cli;

import io.qight.identity.Authenticity;
import io.qight.wire.MessageEnvelope;
import java.io.IOException;
import java.util.Locale;
import java.util.function.Consumer;

/** How a message that was received is printed. */
enum EnvelopeForm {
    /** Its payload on a line of its own, for people. */
    LINE,
    /** The same, behind what is known of its sender. */
    SENDER_LINE,
    /** One JSON object on a line. */
    JSON,
    /** The bytes of its payload and nothing else. */
    RAW;

    /**
     * The form for people.
     *
     * @param withIdentity whether they have an identity, and so may care for those of others
     */
    static EnvelopeForm forPeople(boolean withIdentity) {
        return withIdentity ? SENDER_LINE : LINE;
    }

    /**
     * Prints it.
     *
     * @param more further fields of the JSON object
     */
    void print(
            MessageEnvelope envelope,
            Authenticity authenticity,
            Consumer<JsonObject> more,
            Output out)
            throws IOException {
        switch (this) {
            case RAW -> out.bytes(envelope.payload());
            case JSON ->
                    out.jsonLine(object -> {
                        object.text("id", envelope.id())
                                .text("sender", envelope.sender())
                                .text("authenticity", token(authenticity))
                                .text("recipient", envelope.recipient())
                                .unsigned("timestamp", envelope.timestampSeconds())
                                .number("ttl", envelope.ttlSeconds());
                        more.accept(object);
                        Payload.describe(envelope.payload(), object);
                    });
            case LINE -> out.line(Payload.printable(envelope.payload()));
            case SENDER_LINE -> out.line(sender(envelope, authenticity) + ": " + payload(envelope));
            default -> throw new IllegalStateException("no form " + this);
        }
    }

    /** As it is printed. */
    static String token(Authenticity authenticity) {
        return authenticity.name().toLowerCase(Locale.ROOT);
    }

    private static String sender(MessageEnvelope envelope, Authenticity authenticity) {
        return authenticity == Authenticity.VERIFIED
                ? token(authenticity) + " " + envelope.sender()
                : token(authenticity);
    }

    /** No line of it looks as if a message began there. */
    private static String payload(MessageEnvelope envelope) {
        return Payload.printable(envelope.payload()).replace("\n", "\n    ");
    }
}
