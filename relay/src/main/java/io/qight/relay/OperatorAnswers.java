package io.qight.relay;

import com.fasterxml.jackson.core.JsonGenerator;
import io.qight.wire.MessageEnvelope;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/**
 * What {@link Operator} does, by the admin socket. Each answer is a bounded step:
 *
 * <ul>
 *   <li>{@code peek <after> <payload bytes> <mailbox>} and {@code dead <after> <payload bytes>
 *       <mailbox>}: {@code envelopes}, at most {@value #LIST_MAX} above that sequence, each with so
 *       many bytes of its payload in base64. To see more, ask again after the last.
 *   <li>{@code purge <last> <mailbox>}: {@code removed}, by one commit, up to that sequence; {@code
 *       more}.
 *   <li>{@code requeue <sequence> <mailbox>} and {@code drop <sequence> <mailbox>}: {@code found}.
 * </ul>
 */
final class OperatorAnswers {
    /** The most envelopes of one answer. */
    static final int LIST_MAX = 100;

    /** The most characters of a text that a sender made up. */
    private static final int TEXT_MAX = 1024;

    private final Operator operator;

    OperatorAnswers(Operator operator) {
        this.operator = operator;
    }

    AdminAnswers.Fields peek(AdminRequest request) {
        long after = request.number();
        long payloadBytes = request.number();
        List<EnvelopeReport> found = operator.peek(request.mailbox(), after, LIST_MAX);
        return out -> {
            out.writeArrayFieldStart("envelopes");
            for (EnvelopeReport one : found) {
                out.writeStartObject();
                out.writeNumberField("sequence", one.sequence());
                out.writeNumberField("bytes", one.bytes());
                out.writeNumberField("leftMillis", one.leftMillis());
                out.writeNumberField("failures", one.failures());
                out.writeBooleanField("leased", one.handedOut());
                writeEnvelope(one.envelope(), payloadBytes, out);
                out.writeEndObject();
            }
            out.writeEndArray();
        };
    }

    AdminAnswers.Fields dead(AdminRequest request) {
        long after = request.number();
        long payloadBytes = request.number();
        List<DeadLetterReport> found = operator.deadLetters(request.mailbox(), after, LIST_MAX);
        return out -> {
            out.writeArrayFieldStart("envelopes");
            for (DeadLetterReport one : found) {
                out.writeStartObject();
                out.writeNumberField("sequence", one.sequence());
                out.writeNumberField("bytes", one.bytes());
                out.writeNumberField("leftMillis", one.leftMillis());
                out.writeNumberField("failures", one.failures());
                out.writeStringField("reason", one.reason());
                out.writeStringField("buried", one.buried().toString());
                writeEnvelope(one.envelope(), payloadBytes, out);
                out.writeEndObject();
            }
            out.writeEndArray();
        };
    }

    AdminAnswers.Fields purge(AdminRequest request) {
        long last = request.number();
        Operator.Purged purged = operator.purge(request.mailbox(), last);
        return out -> {
            out.writeNumberField("removed", purged.removed());
            out.writeBooleanField("more", purged.more());
        };
    }

    AdminAnswers.Fields requeue(AdminRequest request) {
        long sequence = request.number();
        boolean found = operator.requeue(request.mailbox(), sequence);
        return out -> out.writeBooleanField("found", found);
    }

    AdminAnswers.Fields drop(AdminRequest request) {
        long sequence = request.number();
        boolean found = operator.drop(request.mailbox(), sequence);
        return out -> out.writeBooleanField("found", found);
    }

    private static void writeEnvelope(
            Optional<MessageEnvelope> envelope, long payloadBytes, JsonGenerator out)
            throws IOException {
        if (envelope.isEmpty()) {
            out.writeBooleanField("sealed", true);
            return;
        }
        MessageEnvelope read = envelope.get();
        ByteBuffer payload = read.payloadBuffer();
        out.writeStringField("id", shortened(read.id()));
        out.writeStringField("sender", shortened(read.sender()));
        out.writeNumberField("payloadBytes", payload.remaining());
        byte[] shown = new byte[(int) Math.max(0, Math.min(payloadBytes, payload.remaining()))];
        payload.get(shown);
        out.writeBinaryField("payloadBase64", shown);
    }

    /** Version 0 bounds ids and senders by the envelope alone. */
    private static String shortened(String text) {
        return text.codePointCount(0, text.length()) <= TEXT_MAX
                ? text
                : text.substring(0, text.offsetByCodePoints(0, TEXT_MAX)) + "…";
    }
}
