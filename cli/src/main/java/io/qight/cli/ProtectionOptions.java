package io.qight.cli;

import io.qight.identity.Protection;
import io.qight.wire.MailboxName;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How {@code qight send} protects what it sends, where the usual is not wished. */
final class ProtectionOptions {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--clear",
            description = {
                "Do not seal it for the mailbox's key: the relay can read it. Default: what goes to"
                        + " a key is sealed, and signed by --identity; what goes to a name is"
                        + " neither."
            })
    private boolean clear;

    @Option(
            names = "--sign",
            description = {
                "Sign it with --identity, whatever the mailbox: its sender is that key then."
            })
    private boolean sign;

    @Option(
            names = "--pad",
            description = {
                "Hide the size of what is sealed within a class of sizes, for up to 12 % more."
            })
    private boolean pad;

    /** Whether anything is asked for. */
    boolean given() {
        return clear || sign || pad;
    }

    /** For a mailbox, with an identity or without one. */
    Protection of(MailboxName mailbox, boolean withIdentity) {
        if (sign && !withIdentity) {
            throw usage("--sign needs --identity.");
        }
        Protection protection = Protection.usual(mailbox, withIdentity);
        if (sign) {
            protection = protection.withSignature();
        }
        if (clear) {
            protection = protection.withoutSeal();
        }
        if (!pad) {
            return protection;
        }
        if (!protection.sealed()) {
            throw usage("--pad is for what is sealed: what goes to a key, without --clear.");
        }
        return protection.withPadding();
    }

    private ParameterException usage(String sentence) {
        return new ParameterException(spec.commandLine(), sentence);
    }
}
