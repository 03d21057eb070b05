package io.qight.relay;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.qight.relay.flow.RelayMeters;
import io.qight.store.Removal;
import io.qight.store.StoreStatistics;
import io.qight.wire.ErrorCode;
import io.qight.wire.ProtocolException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers {@code stat} and {@code stat <mailbox>} with one JSON object in one line; anything else,
 * and what fails, with an object that has {@code error}, a code, and {@code message}.
 */
final class StatAnswers {
    private static final Logger LOG = LoggerFactory.getLogger(StatAnswers.class);
    private static final String STAT = "stat";
    private static final String VERSION = readVersion();
    private static final JsonFactory JSON = new JsonFactory();

    private final Relay relay;

    StatAnswers(Relay relay) {
        this.relay = relay;
    }

    /** The answer, its line feed included. */
    byte[] answer(String request) {
        try {
            if (request.equals(STAT)) {
                return json(this::writeRelay);
            }
            if (request.startsWith(STAT + " ")) {
                String mailbox = request.substring(STAT.length() + 1);
                return json(out -> writeMailbox(mailbox, out));
            }
            return error(ErrorCode.UNKNOWN_VERB, "a request is stat or stat <mailbox>");
        } catch (ProtocolException e) {
            return error(e.code(), e.sentence());
        } catch (RuntimeException e) {
            LOG.error("a question at the admin socket could not be answered", e);
            return error(ErrorCode.INTERNAL, e.toString());
        }
    }

    private void writeRelay(JsonGenerator out) throws IOException {
        RelayStatistics statistics = relay.statistics();
        out.writeStringField("name", relay.name());
        out.writeStringField(
                "address", relay.address().getHostString() + ":" + relay.address().getPort());
        out.writeStringField("version", VERSION);
        out.writeBooleanField("ready", statistics.ready());
        out.writeNumberField("uptimeMillis", statistics.uptime().toMillis());
        writeStore(statistics.store(), out);
        out.writeNumberField("appendedPerSecond", statistics.appendedPerSecond());
        out.writeNumberField("removedPerSecond", statistics.removedPerSecond());
        out.writeObjectFieldStart("refusals");
        for (Map.Entry<ErrorCode, Long> refusal : statistics.refusals().entrySet()) {
            out.writeNumberField(refusal.getKey().token(), refusal.getValue());
        }
        out.writeEndObject();
        out.writeNumberField("connections", statistics.connections());
        out.writeObjectFieldStart("budget");
        out.writeNumberField("heldBytes", statistics.budgetHeldBytes());
        out.writeNumberField("highestBytes", statistics.budgetHighestBytes());
        out.writeNumberField("capacityBytes", statistics.budgetCapacityBytes());
        out.writeNumberField("waiting", statistics.budgetWaiting());
        out.writeEndObject();
    }

    private static void writeStore(StoreStatistics store, JsonGenerator out) throws IOException {
        out.writeNumberField("mailboxes", store.mailboxes());
        out.writeNumberField("waiting", store.waiting());
        out.writeNumberField("waitingBytes", store.waitingBytes());
        out.writeNumberField("storeBytes", store.mediumBytes());
        out.writeNumberField("found", store.found());
        out.writeNumberField("appended", store.appended());
        out.writeObjectFieldStart("removed");
        for (Removal removal : Removal.values()) {
            out.writeNumberField(
                    RelayMeters.token(removal), store.removed().getOrDefault(removal, 0L));
        }
        out.writeEndObject();
    }

    private void writeMailbox(String mailbox, JsonGenerator out) throws IOException {
        Optional<MailboxReport> found = relay.statistics(mailbox);
        out.writeStringField("mailbox", mailbox);
        out.writeNumberField("waiting", found.map(MailboxReport::waiting).orElse(0L));
        out.writeNumberField("waitingBytes", found.map(MailboxReport::waitingBytes).orElse(0L));
        out.writeNumberField("leased", found.map(MailboxReport::leased).orElse(0L));
        if (found.isPresent()) {
            out.writeNumberField("firstSequence", found.get().firstSequence());
            out.writeNumberField("lastSequence", found.get().lastSequence());
            if (found.get().oldestAgeMillis() >= 0) {
                out.writeNumberField("oldestAgeMillis", found.get().oldestAgeMillis());
            }
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

    private static String readVersion() {
        try (InputStream in = StatAnswers.class.getResourceAsStream("version.txt")) {
            return in == null ? "" : new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private interface Fields {
        void write(JsonGenerator out) throws IOException;
    }
}
