package io.qight.relay;

import com.fasterxml.jackson.core.JsonGenerator;
import io.qight.relay.flow.RelayMeters;
import io.qight.store.Removal;
import io.qight.store.StoreStatistics;
import io.qight.wire.ErrorCode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;

/** Answers {@code stat} and {@code stat <mailbox>} at the admin socket. */
final class StatAnswers {
    private static final String VERSION = readVersion();

    private final Relay relay;

    StatAnswers(Relay relay) {
        this.relay = relay;
    }

    /** Of the whole relay, or of the mailbox whose name is not empty. */
    AdminAnswers.Fields fields(String mailbox) {
        return mailbox.isEmpty() ? this::writeRelay : out -> writeMailbox(mailbox, out);
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
        out.writeNumberField("dead", relay.operator().dead(mailbox));
        if (found.isPresent()) {
            out.writeNumberField("firstSequence", found.get().firstSequence());
            out.writeNumberField("lastSequence", found.get().lastSequence());
            if (found.get().oldestAgeMillis() >= 0) {
                out.writeNumberField("oldestAgeMillis", found.get().oldestAgeMillis());
            }
        }
    }

    private static String readVersion() {
        try (InputStream in = StatAnswers.class.getResourceAsStream("version.txt")) {
            return in == null ? "" : new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
