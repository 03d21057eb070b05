package io.qight.cli;

import io.qight.client.ClientConfig;
import io.qight.client.ClientState;
import io.qight.client.Delivery;
import io.qight.client.RefusedException;
import io.qight.client.RelayClient;
import io.qight.client.RelayException;
import io.qight.client.SubscribeOptions;
import io.qight.client.Subscription;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code qight subscribe}. */
@Command(
        name = "subscribe",
        mixinStandardHelpOptions = true,
        description = {
            "Print what waits in mailboxes, and what comes, until it is stopped.",
            "A message is removed from its mailbox once it was printed, or its command ended with"
                    + " exit code 0; else it comes again. A lost connection is made anew."
        },
        footer = {
            "",
            "The command of --exec has the payload on its standard input, and in its environment",
            "QIGHT_ID, QIGHT_SENDER, QIGHT_AUTHENTICITY (verified or unsigned), QIGHT_MAILBOX,",
            "QIGHT_TIMESTAMP, QIGHT_LEFT_MILLIS, QIGHT_DELIVERIES and QIGHT_FAILURES. By its exit",
            "code",
            "  0         the message is removed",
            "  65        it is put aside with the dead letters",
            "  126, 127  the command cannot be run: qight ends, the message stays",
            "  130       it was interrupted: qight ends, the message stays",
            "  others    the message failed: it comes again after 1 s, 2 s, 4 s ...; when it failed",
            "            5 times, it is put aside with the dead letters",
            "",
            "Examples:",
            "  qight subscribe bob",
            "  qight subscribe bob carol --json | jq -r .sender",
            "  qight subscribe orders --exclusive --exec './handle \"$QIGHT_ID\"'",
            "  qight subscribe --identity me.pem --confirm key:..."
        })
final class SubscribeCommand implements Callable<Integer> {
    /** For how long commands under way are waited for at the end. */
    private static final Duration LAST_WORK = Duration.ofMinutes(1);

    /** How long a command may run before another receiver gets its message. */
    private static final Duration COMMAND_MAX = Duration.ofDays(1);

    private static final CompletableFuture<Boolean> NOTHING_TO_CONFIRM =
            CompletableFuture.completedFuture(true);

    private static final int PRINTED_AHEAD = 1_000;
    private static final long AHEAD_BYTES = 16 << 20;

    @Spec private CommandSpec spec;
    @Mixin private RelayTarget relay;

    @Parameters(arity = "1..*", paramLabel = "MAILBOX", description = "Which mailboxes.")
    private List<String> mailboxes;

    @ArgGroup private Form form = new Form();

    @Option(
            names = "--max",
            paramLabel = "N",
            description = "End after N messages. Default: go on for ever.")
    private long max = Long.MAX_VALUE;

    @Option(
            names = "--exclusive",
            description = "Be the only receiver; an older exclusive one is ended.")
    private boolean exclusive;

    @Option(
            names = "--concurrency",
            paramLabel = "N",
            defaultValue = "1",
            description = {
                "How many commands of --exec run at a time; with 1, in the order of the messages."
                        + " Default: ${DEFAULT-VALUE}."
            })
    private int concurrency;

    @Option(
            names = "--confirm",
            description = {
                "Tell the sender of each message that is removed, where it is verified, by a"
                        + " receipt signed by --identity, a message to the sender's key; qight"
                        + " verify checks it. Then the relay can tell who sent what was sealed."
            })
    private boolean confirm;

    private boolean lost;

    @Override
    public Integer call() throws IOException {
        if (max < 1 || concurrency < 1 || concurrency > PRINTED_AHEAD) {
            throw new ParameterException(
                    spec.commandLine(), "--max and --concurrency are at least 1.");
        }
        if (concurrency > 1 && form.exec == null) {
            throw new ParameterException(spec.commandLine(), "--concurrency goes with --exec.");
        }
        if (confirm && !relay.hasIdentity()) {
            throw new ParameterException(spec.commandLine(), "--confirm needs --identity.");
        }
        try (Output out = Output.standard()) {
            Reception reception = new Reception(form.receiver(out, relay.hasIdentity()), max);
            EndWithProcess end = EndWithProcess.watch(reception::stop, LAST_WORK);
            try {
                receive(reception);
            } finally {
                end.ended(reception.exitCode());
            }
            return reception.exitCode();
        }
    }

    private void receive(Reception reception) throws IOException {
        try (RelayClient client = relay.connect(this::configure)) {
            try (Subscription subscription =
                    client.subscribe(
                            mailboxes,
                            delivery -> reception.handle(delivery, () -> confirm(client, delivery)),
                            options())) {
                subscription.ended().whenComplete((done, failure) -> reception.end(failure));
                reception.awaitEnd();
            }
        }
        reception.throwFailure();
    }

    private ClientConfig configure(ClientConfig config) {
        return config.withListener(this::tell).withCloseTimeout(LAST_WORK);
    }

    private SubscribeOptions options() {
        // What a command may wait for is not kept from other receivers.
        long ahead = form.exec == null ? PRINTED_AHEAD : 2L * concurrency;
        SubscribeOptions options =
                SubscribeOptions.defaults()
                        .withManualAck()
                        .withConcurrency(concurrency)
                        .withRefusedListener(this::refused)
                        .withCredit((int) Math.min(max, ahead), AHEAD_BYTES);
        if (form.exec != null) {
            options = options.withKeep(COMMAND_MAX);
        }
        return exclusive ? options.withExclusive() : options;
    }

    private CompletableFuture<?> confirm(RelayClient client, Delivery delivery) {
        if (!confirm || !delivery.confirmable()) {
            return NOTHING_TO_CONFIRM;
        }
        return client.confirmAsync(delivery)
                .handle((receipt, failure) -> failure == null || notConfirmed(delivery, failure));
    }

    /** It was handed over all the same, and is not handed over again for this alone. */
    private static boolean notConfirmed(Delivery delivery, Throwable failure) {
        String why =
                failure instanceof RelayException relay
                        ? relay.sentence() + " (" + relay.code().token() + ")"
                        : failure.toString();
        Failures.say(
                "message "
                        + Payload.tame(delivery.envelope().id())
                        + " was not confirmed to its sender: "
                        + why);
        return false;
    }

    /** Of one mailbox alone the end of the subscription tells. */
    private void refused(String mailbox, RefusedException why) {
        if (mailboxes.size() > 1) {
            Failures.say(mailbox + ": " + why.sentence() + " (" + why.code().token() + ")");
        }
    }

    /** On the one thread that tells of states. */
    private void tell(ClientState state) {
        if (state instanceof ClientState.Waiting waiting && !lost) {
            lost = true;
            Failures.say(
                    "the connection is lost: " + waiting.cause().sentence() + "; trying again");
        } else if (state instanceof ClientState.Connected && lost) {
            lost = false;
            Failures.say("connected again");
        }
    }

    /** What is done with a message. */
    static final class Form {
        @Option(
                names = "--json",
                description = {
                    "One JSON object a line: as of fetch, and sealed, mailbox, leftMillis,"
                            + " deliveries and failures."
                })
        private boolean json;

        @Option(names = "--raw", description = "The bytes of the payloads and nothing else.")
        private boolean raw;

        @Option(
                names = "--exec",
                paramLabel = "COMMAND",
                description = "Run a command of the shell for each message; see below.")
        private @Nullable String exec;

        DeliveryReceiver receiver(Output out, boolean withIdentity) {
            if (exec != null) {
                return new DeliveryProgram(exec);
            }
            EnvelopeForm form =
                    json
                            ? EnvelopeForm.JSON
                            : raw ? EnvelopeForm.RAW : EnvelopeForm.forPeople(withIdentity);
            return new DeliveryPrinter(form, out);
        }
    }
}
