package io.qight.cli;

import io.qight.client.ClientConfig;
import io.qight.client.Receipt;
import io.qight.client.RelayClient;
import io.qight.client.SeedClient;
import io.qight.identity.Grant;
import io.qight.identity.Identity;
import io.qight.identity.IdentityFile;
import io.qight.identity.Protection;
import io.qight.wire.Limits;
import io.qight.wire.MailboxName;
import io.qight.wire.MessageEnvelope;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code qight send}. */
@Command(
        name = "send",
        mixinStandardHelpOptions = true,
        description = {
            "Send a message to a mailbox, or many.",
            "Ends with exit code 0 only once the relay has stored it."
        },
        footer = {
            "",
            "Examples:",
            "  qight send bob \"hello\"",
            "  qight send bob --from alice --ttl 90s \"be quick\"",
            "  qight send bob --file picture.png",
            "  qight send --identity me.pem key:1f8a... \"sealed and signed\"",
            "  qight send key:... --grant shop.grant --grant-key shop.pem \"hello\"",
            "  tar -cz notes | qight send bob -",
            "  tail -f log | qight send bob --lines",
            "",
            "The largest message has 10,000,000 bytes, its header included."
        })
final class SendCommand implements Callable<Integer> {
    private static final String STANDARD_INPUT = "-";

    /** How long an interrupted command waits for receipts. */
    private static final Duration LAST_RECEIPTS = Duration.ofSeconds(5);

    @Spec private CommandSpec spec;
    @Mixin private RelayTarget relay;
    @Mixin private ProtectionOptions protecting;

    @Parameters(index = "0", paramLabel = "MAILBOX", description = "Whom it is for.")
    private String mailbox;

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "TEXT",
            description = "The payload; a single - reads it from standard input.")
    private @Nullable String text;

    @Option(names = "--file", paramLabel = "FILE", description = "Read the payload from a file.")
    private @Nullable Path file;

    @Option(
            names = "--from",
            paramLabel = "NAME",
            defaultValue = "",
            description = {"Who sends it; nothing proves it. Default: nobody, or who signs it."})
    private String from;

    @Option(
            names = "--ttl",
            paramLabel = "TIME",
            defaultValue = "1d",
            converter = DurationConverter.class,
            description = {
                "How long it may wait; above the relay's maximum it is refused. Default:"
                        + " ${DEFAULT-VALUE}."
            })
    private Duration ttl;

    @Option(names = "--id", paramLabel = "ID", description = "Its id. Default: a random UUID.")
    private @Nullable String id;

    @Option(
            names = "--grant",
            paramLabel = "FILE",
            description = "Send by this grant, as its mailbox's owner printed it by qight grant.")
    private @Nullable Path grantFile;

    @Option(
            names = "--grant-key",
            paramLabel = "FILE",
            description = "The key that the grant is for, made by qight keygen.")
    private @Nullable Path grantKeyFile;

    @Option(
            names = "--lines",
            description = {
                "Send each line of standard input, or of --file, as a message of its own, many at"
                        + " a time and in their order, without their line feeds. When it is"
                        + " interrupted, it waits up to 5 s for what is under way, says what is"
                        + " stored, and ends with exit code 130."
            })
    private boolean lines;

    @Option(
            names = "--seed",
            description = {
                "Speak version 0 of the protocol. The time to live is rounded up to whole"
                        + " seconds, and the relay lowers it to its maximum."
            })
    private boolean seed;

    @Option(
            names = "--proof",
            paramLabel = "FILE",
            description = {
                "Have the relay sign its receipt, and keep that in this file, which qight verify"
                        + " checks; for one message."
            })
    private @Nullable Path proof;

    @Option(
            names = "--json",
            description = {
                "Print what was stored as one JSON object; with --lines one for each line, as it"
                        + " is answered."
            })
    private boolean json;

    @Override
    public Integer call() throws IOException, InterruptedException {
        if ((grantFile == null) != (grantKeyFile == null) || (grantFile != null && seed)) {
            throw new ParameterException(
                    spec.commandLine(), "--grant goes with --grant-key, and without --seed.");
        }
        return lines ? sendLines() : sendOne();
    }

    private int sendOne() throws IOException {
        if (seed && proof != null) {
            throw new ParameterException(
                    spec.commandLine(), "--proof needs version 1: it goes without --seed.");
        }
        Protection protection = protection();
        MessageEnvelope envelope = envelope();
        if (seed) {
            try (SeedClient client = relay.connectSeed()) {
                client.send(envelope);
            }
        } else {
            send(envelope, protection);
        }
        if (json) {
            try (Output out = Output.standard()) {
                out.jsonLine(object ->
                        object.text("id", envelope.id())
                                .text("recipient", envelope.recipient())
                                .number("ttl", envelope.ttlSeconds())
                                .number("payloadBytes", envelope.payloadBytes())
                                .flag("sealed", protection.sealed())
                                .flag("signed", protection.signed()));
            }
        } else {
            Failures.say(
                    "stored for "
                            + mailbox
                            + (protection.sealed() ? ", sealed" : "")
                            + (protection.signed() ? ", signed" : ""));
        }
        return Failures.DONE;
    }

    private void send(MessageEnvelope envelope, Protection protection) throws IOException {
        if (proof == null) {
            try (RelayClient client = connect(protection)) {
                client.send(envelope);
            }
            return;
        }
        // The file first: a proof that cannot be kept is of no use.
        try (BufferedWriter out = Files.newBufferedWriter(proof);
                RelayClient client = connect(protection)) {
            if (!(client.send(envelope) instanceof Receipt.Stored stored)
                    || stored.proof().isEmpty()) {
                throw new CommandFailure(
                        Failures.FAILED,
                        "stored for " + mailbox + ", but the relay signed nothing");
            }
            out.write(stored.proof().get().text() + "\n");
        }
    }

    private int sendLines() throws IOException, InterruptedException {
        if (text != null || id != null || seed || proof != null) {
            throw new ParameterException(
                    spec.commandLine(), "--lines goes without TEXT, --id, --seed and --proof.");
        }
        build(new byte[0]);
        Protection protection = protection();
        try (Output out = Output.standard();
                InputStream in = file == null ? System.in : Files.newInputStream(file);
                RelayClient client = connect(protection)) {
            LineSender sender =
                    new LineSender(client, this::build, json ? Optional.of(out) : Optional.empty());
            EndWithProcess end =
                    EndWithProcess.after(
                            () -> sender.stop(mailbox, LAST_RECEIPTS),
                            LAST_RECEIPTS.plusSeconds(2));
            int code = Failures.FAILED;
            try {
                code = sender.send(in, mailbox);
                return code;
            } finally {
                end.ended(code);
            }
        }
    }

    private RelayClient connect(Protection protection) throws IOException {
        UnaryOperator<ClientConfig> change =
                config -> {
                    ClientConfig chosen = config.withProtection(protection);
                    return proof == null ? chosen : chosen.withSignedReceipts();
                };
        if (grantFile == null || grantKeyFile == null) {
            return relay.connect(change);
        }
        Grant grant = GrantFile.read(grantFile);
        Identity key = IdentityFile.read(grantKeyFile);
        if (!grant.terms().key().equals(key.key())) {
            throw new CommandFailure(
                    Failures.FAILED, grantFile + " is not for the key in " + grantKeyFile);
        }
        RelayClient client = relay.connect(change);
        client.use(grant, key);
        return client;
    }

    private Protection protection() {
        if (seed) {
            if (protecting.given()) {
                throw new ParameterException(
                        spec.commandLine(), "--seed has no place for --clear, --sign and --pad.");
            }
            return Protection.NONE;
        }
        Protection protection = protecting.of(new MailboxName(mailbox), relay.hasIdentity());
        if (protection.signed() && !from.isEmpty()) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--from is not for what is signed: its sender is the identity's key.");
        }
        return protection;
    }

    private MessageEnvelope envelope() throws IOException {
        return build(payload());
    }

    private MessageEnvelope build(byte[] payload) {
        MessageEnvelope.Builder builder =
                MessageEnvelope.builder().sender(from).recipient(mailbox).payload(payload);
        if (id != null) {
            builder.id(id);
        }
        try {
            return builder.ttl(ttl).build();
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--ttl: " + e.getMessage(), e);
        }
    }

    private byte[] payload() throws IOException {
        if (file != null && text == null) {
            try (InputStream in = Files.newInputStream(file)) {
                return read(in);
            }
        }
        if (text == null || file != null) {
            throw new ParameterException(
                    spec.commandLine(),
                    "Give the payload once: as TEXT, as -, by --file or as --lines.");
        }
        return text.equals(STANDARD_INPUT)
                ? read(System.in)
                : text.getBytes(StandardCharsets.UTF_8);
    }

    /** One byte above what can fit is enough to be refused. */
    private static byte[] read(InputStream in) throws IOException {
        return in.readNBytes(Limits.ENVELOPE_BYTES_MAX + 1);
    }
}
