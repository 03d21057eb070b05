package io.qight.cli;

import java.io.IOException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Prints what the relay of a data directory lists, one answer after the other. */
final class EnvelopeListing {
    private static final int PAYLOAD_CHARACTERS = 60;

    /** What so many characters have at most in UTF-8. */
    private static final int PAYLOAD_BYTES = 4 * PAYLOAD_CHARACTERS;

    @Mixin private DataDirectory data;

    @Option(
            names = "--max",
            paramLabel = "N",
            defaultValue = "100",
            description = "How many to list, the oldest first. Default: ${DEFAULT-VALUE}.")
    private long max;

    @Option(
            names = "--json",
            description = "One JSON object a line; the payload only with --payload.")
    private boolean json;

    @Option(
            names = "--payload",
            description = {
                "The whole payload; else the beginning of its text, with a dot for each control"
                        + " character."
            })
    private boolean payload;

    /** What is listed. */
    interface Kind {
        /** The request's verb at the admin socket. */
        String verb();

        /** The titles of its own columns. */
        String titles();

        /** Its own columns. */
        String columns(Map<String, String> envelope);

        /** Its own fields. */
        void describe(Map<String, String> envelope, JsonObject object);
    }

    /** Prints all, up to the most that is wanted; says how many. */
    long print(Kind kind, String mailbox) throws IOException {
        long printed = 0;
        String after = "0";
        List<Map<String, String>> part = ask(kind, after, mailbox);
        try (Output out = Output.standard()) {
            if (!json && !part.isEmpty()) {
                out.line(
                        String.format(
                                "%10s %10s %8s %7s  %s  %-36s  %s  %s",
                                "SEQUENCE",
                                "SIZE",
                                "LEFT",
                                "FAILED",
                                kind.titles(),
                                "ID",
                                "SENDER",
                                "PAYLOAD"));
            }
            while (!part.isEmpty() && printed < max) {
                for (Map<String, String> envelope : part) {
                    if (printed < max) {
                        print(kind, envelope, out);
                        after = AdminAnswer.text(envelope, "sequence");
                        printed++;
                    }
                }
                part = ask(kind, after, mailbox);
            }
        }
        if (!part.isEmpty()) {
            Failures.say("there are more than " + max + "; see --max");
        }
        return printed;
    }

    private List<Map<String, String>> ask(Kind kind, String after, String mailbox)
            throws IOException {
        int bytes = payload ? Integer.MAX_VALUE : json ? 0 : PAYLOAD_BYTES;
        String request = kind.verb() + " " + after + " " + bytes + " " + mailbox;
        return AdminAnswer.ask(data.path(), request).envelopes();
    }

    private void print(Kind kind, Map<String, String> envelope, Output out) throws IOException {
        if (json) {
            out.jsonLine(object -> describe(kind, envelope, object));
            return;
        }
        out.line(
                String.format(
                        "%10s %10s %8s %7s  %s  %-36s  %s  %s",
                        AdminAnswer.text(envelope, "sequence"),
                        SizeConverter.text(number(envelope, "bytes")),
                        left(envelope),
                        AdminAnswer.text(envelope, "failures"),
                        kind.columns(envelope),
                        Payload.tame(envelope.getOrDefault("id", "?")),
                        Payload.tame(envelope.getOrDefault("sender", "?")),
                        shown(envelope)));
    }

    private void describe(Kind kind, Map<String, String> envelope, JsonObject object) {
        for (String field : new String[] {"sequence", "bytes", "leftMillis", "failures"}) {
            object.number(field, number(envelope, field));
        }
        kind.describe(envelope, object);
        if (envelope.containsKey("sealed")) {
            object.flag("sealed", true);
            return;
        }
        object.text("id", AdminAnswer.text(envelope, "id"))
                .text("sender", AdminAnswer.text(envelope, "sender"))
                .number("payloadBytes", number(envelope, "payloadBytes"));
        if (payload) {
            Payload.describe(bytes(envelope), object);
        }
    }

    private String shown(Map<String, String> envelope) {
        if (envelope.containsKey("sealed")) {
            return "(sealed)";
        }
        byte[] bytes = bytes(envelope);
        return payload
                ? Payload.printable(bytes)
                : Payload.beginning(
                        bytes,
                        bytes.length == number(envelope, "payloadBytes"),
                        PAYLOAD_CHARACTERS);
    }

    /** The largest unit alone, which is what a list has room for. */
    private static String left(Map<String, String> envelope) {
        Duration left = Duration.ofMillis(number(envelope, "leftMillis"));
        return DurationConverter.text(left.truncatedTo(ChronoUnit.SECONDS)).split(" ", 2)[0];
    }

    private static byte[] bytes(Map<String, String> envelope) {
        return Base64.getDecoder().decode(AdminAnswer.text(envelope, "payloadBase64"));
    }

    private static long number(Map<String, String> envelope, String field) {
        return Long.parseLong(AdminAnswer.text(envelope, field));
    }
}
