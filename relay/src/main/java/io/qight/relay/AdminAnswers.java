package io.qight.relay;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.qight.store.StoreException;
import io.qight.wire.ErrorCode;
import io.qight.wire.ProtocolException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers each line of the admin socket with one JSON object in one line; what fails, with an
 * object that has {@code error}, a code, and {@code message}. A mailbox's name, which may have
 * spaces, is always the last word.
 *
 * <p>{@link StatAnswers} has {@code stat}, {@link OperatorAnswers} the rest.
 */
final class AdminAnswers {
    private static final Logger LOG = LoggerFactory.getLogger(AdminAnswers.class);
    private static final JsonFactory JSON = new JsonFactory();

    private final StatAnswers stat;
    private final OperatorAnswers operator;

    AdminAnswers(Relay relay) {
        this.stat = new StatAnswers(relay);
        this.operator = new OperatorAnswers(relay.operator());
    }

    /** Writes the fields of one answer. */
    interface Fields {
        void write(JsonGenerator out) throws IOException;
    }

    /** The answer, its line feed included. */
    byte[] answer(String request) {
        try {
            int space = request.indexOf(' ');
            String verb = space < 0 ? request : request.substring(0, space);
            String rest = space < 0 ? "" : request.substring(space + 1);
            return json(
                    switch (verb) {
                        case "stat" -> stat.fields(rest);
                        case "peek" -> operator.peek(new AdminRequest(rest));
                        case "purge" -> operator.purge(new AdminRequest(rest));
                        case "dead" -> operator.dead(new AdminRequest(rest));
                        case "requeue" -> operator.requeue(new AdminRequest(rest));
                        case "drop" -> operator.drop(new AdminRequest(rest));
                        default ->
                                throw new ProtocolException(
                                        ErrorCode.UNKNOWN_VERB,
                                        "a request is stat, peek, purge, dead, requeue or drop");
                    });
        } catch (ProtocolException e) {
            return error(e.code(), e.sentence());
        } catch (StoreException e) {
            return error(ErrorCode.INTERNAL, "the mailbox cannot be read: " + e.getMessage());
        } catch (RuntimeException e) {
            LOG.error("a question at the admin socket could not be answered", e);
            return error(ErrorCode.INTERNAL, e.toString());
        }
    }

    private static byte[] error(ErrorCode code, String message) {
        return json(out -> {
            out.writeStringField("error", code.token());
            out.writeStringField("message", message);
        });
    }

    private static byte[] json(Fields fields) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator out = JSON.createGenerator(bytes)) {
            out.writeStartObject();
            fields.write(out);
            out.writeEndObject();
            out.writeRaw('\n');
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
