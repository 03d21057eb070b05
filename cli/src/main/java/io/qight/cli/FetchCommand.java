package io.qight.cli;

import io.qight.client.RelayClient;
import io.qight.client.SeedClient;
import io.qight.identity.Authenticity;
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
            "  shown as base64:... With --identity a line begins with verified and the sender's key,",
            "  or with unsigned, and further lines of a payload are indented. Programs take --json,",
            "  or --raw for one message at a time.",
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

    @Option(
            names = "--seed",
            description = {
                "Speak version 0 of the protocol. Messages are removed when all of them were"
                        + " printed, not one by one."
            })
    private boolean seed;

    @Override
    public Integer call() throws IOException {
        long count;
        try (Output out = Output.standard()) {
            count = seed ? drainSeed(out) : drain(out);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        if (count == 0) {
            Failures.say("nothing waits for " + mailbox);
        }
        return Failures.DONE;
    }

    private long drain(Output out) {
        try (RelayClient client = relay.connect()) {
            return client.fetch(
                    mailbox, envelope -> print(envelope, Authenticity.ofFetched(envelope), out));
        }
    }

    private long drainSeed(Output out) {
        try (SeedClient client = relay.connectSeed()) {
            // The relay removes them when this returns; if it throws, it gives them out again.
            return client.fetch(mailbox, envelope -> print(envelope, Authenticity.UNSIGNED, out));
        }
    }

    private void print(MessageEnvelope envelope, Authenticity authenticity, Output out) {
        try {
            form.form(relay.hasIdentity()).print(envelope, authenticity, object -> {}, out);
            out.sync();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** How a message is printed, if not for people. */
    static final class Form {
        @Option(
                names = "--json",
                description = {
                    "One JSON object a line: id, sender, authenticity (verified or unsigned),"
                            + " recipient, timestamp and ttl in seconds, and payload, or"
                            + " payloadBase64 where it is not UTF-8."
                })
        private boolean json;

        @Option(names = "--raw", description = "The bytes of the payloads and nothing else.")
        private boolean raw;

        EnvelopeForm form(boolean withIdentity) {
            return json
                    ? EnvelopeForm.JSON
                    : raw ? EnvelopeForm.RAW : EnvelopeForm.forPeople(withIdentity);
        }
    }
}
