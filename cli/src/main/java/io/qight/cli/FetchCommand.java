package io.qight.cli;

import io.qight.client.SeedClient;
import io.qight.wire.MessageEnvelope;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code qight fetch}. */
@Command(
        name = "fetch",
        mixinStandardHelpOptions = true,
        description = {
            "Print what waits in a mailbox, oldest first, and remove it there.",
            "The relay removes a message only after it was printed: one whose printing failed"
                    + " comes again. An empty mailbox is no error."
        },
        footer = {
            "",
            "Output:",
            "  By default each payload on a line of its own; one that is not printable text is",
            "  shown as base64:... Programs take --json, or --raw for one message at a time.",
            "",
            "Examples:",
            "  qight fetch bob",
            "  qight fetch bob --json | jq -r .sender",
            "  qight fetch bob --raw > picture.png"
        })
final class FetchCommand implements Callable<Integer> {
    @Mixin private RelayTarget relay;

    @Parameters(index = "0", paramLabel = "MAILBOX", description = "Whose mailbox.")
    private String mailbox;

    @ArgGroup private Form form = new Form();

    @Override
    public Integer call() throws IOException {
        Output out = Output.standard();
        long count;
        try (SeedClient client = relay.connect()) {
            // The relay removes them when this returns; if it throws, it gives them out again.
            count = client.fetch(mailbox, envelope -> print(envelope, out));
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        if (count == 0) {
            Failures.say("nothing waits for " + mailbox);
        }
        return Failures.DONE;
    }

    private void print(MessageEnvelope envelope, Output out) {
        try {
            if (form.raw) {
                out.bytes(envelope.payload());
            } else if (form.json) {
                out.jsonLine(object -> describe(envelope, object));
            } else {
                out.line(Payload.printable(envelope.payload()));
            }
            out.sync();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void describe(MessageEnvelope envelope, JsonObject object) {
        object.text("id", envelope.id())
                .text("sender", envelope.sender())
                .text("recipient", envelope.recipient())
                .unsigned("timestamp", envelope.timestampSeconds())
                .number("ttl", envelope.ttlSeconds());
        Payload.describe(envelope.payload(), object);
    }

    /** How a message is printed, if not for people. */
    static final class Form {
        @Option(
                names = "--json",
                description = {
                    "One JSON object a line: id, sender, recipient, timestamp and ttl in seconds,"
                            + " and payload, or payloadBase64 where it is not UTF-8."
                })
        private boolean json;

        @Option(names = "--raw", description = "The bytes of the payloads and nothing else.")
        private boolean raw;
    }
}
