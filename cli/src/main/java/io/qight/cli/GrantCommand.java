package io.qight.cli;

import io.qight.identity.Grant;
import io.qight.identity.GrantTerms;
import io.qight.identity.GrantTerms.Rate;
import io.qight.identity.Identity;
import io.qight.identity.IdentityKey;
import io.qight.wire.ProtocolException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code qight grant}. */
@Command(
        name = "grant",
        mixinStandardHelpOptions = true,
        description = {
            "Grant the holder of a key to send to your identity's mailbox, and print the grant.",
            "The grant is one line and no secret: hand it over by mail, file or QR code. Keep a"
                    + " copy to revoke it by. No relay is asked."
        },
        footer = {
            "",
            "Examples:",
            "  qight grant --identity me.pem --for key:... --expires 30d > shop.grant",
            "  qight grant --identity me.pem --for key:... --rate 20/h --burst 5 --size 4KiB",
            "",
            "The other side makes the key, and sends by both:",
            "  qight keygen shop.pem",
            "  qight send key:... --grant shop.grant --grant-key shop.pem \"hello\""
        })
final class GrantCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Option(
            names = "--identity",
            paramLabel = "FILE",
            description = "Whose mailbox it is for. Default: $QIGHT_IDENTITY.")
    private @Nullable Path identityFile;

    @Option(
            names = "--for",
            required = true,
            paramLabel = "KEY",
            description = "The one-purpose key, key:..., whose holder may send.")
    private String key;

    @Option(
            names = "--expires",
            paramLabel = "TIME",
            defaultValue = "30d",
            converter = DurationConverter.class,
            description = "How long it holds, at most 366d. Default: ${DEFAULT-VALUE}.")
    private Duration expires;

    @Option(
            names = "--rate",
            paramLabel = "N/TIME",
            defaultValue = "10/s",
            converter = RateConverter.class,
            description = "How many messages in the mean. Default: ${DEFAULT-VALUE}.")
    private Rate rate;

    @Option(
            names = "--burst",
            paramLabel = "N",
            description = "How many at once. Default: as many as --rate counts.")
    private @Nullable Long burst;

    @Option(
            names = "--size",
            paramLabel = "SIZE",
            defaultValue = "64KiB",
            converter = SizeConverter.class,
            description = "The largest message, its header included. Default: ${DEFAULT-VALUE}.")
    private Long size;

    @Override
    public Integer call() throws Exception {
        Identity owner =
                RelayTarget.identity(identityFile)
                        .orElseThrow(() ->
                                new ParameterException(
                                        spec.commandLine(), "Whose mailbox? Give --identity."));
        long now = System.currentTimeMillis();
        Grant grant;
        try {
            grant =
                    Grant.sign(
                            owner,
                            GrantTerms.of(
                                    IdentityKey.ofAddress(key),
                                    now,
                                    now + expires.toMillis(),
                                    burst == null
                                            ? rate
                                            : new Rate(
                                                    rate.envelopes(), rate.periodMillis(), burst),
                                    size));
        } catch (ProtocolException e) {
            throw new ParameterException(spec.commandLine(), e.sentence(), e);
        }
        try (Output out = Output.standard()) {
            out.line(grant.text());
        }
        return Failures.DONE;
    }
}
