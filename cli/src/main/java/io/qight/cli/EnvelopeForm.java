package io.qight.cli;

import io.qight.wire.MessageEnvelope;
import java.io.IOException;
import java.util.function.Consumer;

/** How a message that was received is printed. */
enum EnvelopeForm {
    /** Its payload on a line of its own, for people. */
    LINE,
    /** One JSON object on a line. */
    JSON,
    /** The bytes of its payload and nothing else. */
    RAW;

    /**
     * Prints it.
     *
     * @param more further fields of the JSON object
     */
    void print(MessageEnvelope envelope, Consumer<JsonObject> more, Output out) throws IOException {
        switch (this) {
            case RAW -> out.bytes(envelope.payload());
            case JSON ->
                    out.jsonLine(object -> {
                        object.text("id", envelope.id())
                                .text("sender", envelope.sender())
                                .text("recipient", envelope.recipient())
                                .unsigned("timestamp", envelope.timestampSeconds())
                                .number("ttl", envelope.ttlSeconds());
                        more.accept(object);
                        Payload.describe(envelope.payload(), object);
                    });
            case LINE -> out.line(Payload.printable(envelope.payload()));
            default -> throw new IllegalStateException("no form " + this);
        }
    }
}
