package io.qight.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** What stands before every command. */
@Command(
        name = "qight",
        mixinStandardHelpOptions = true,
        versionProvider = VersionCommand.Provider.class,
        description = "Messages over QUIC: a relay that keeps mailboxes, and its clients.",
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "A first try, in two terminals of the same machine:",
            "  qight relay",
            "  qight send bob \"hello\" && qight fetch bob",
            "",
            "Sizes:     64KiB, 10MB, or a plain number of bytes",
            "Durations: 200ms, 90s, 15m, 2h, 7d",
            "",
            "Exit codes:",
            "  0  done",
            "  1  refused or failed; the same command would fail again",
            "  2  wrong usage",
            "  3  no answer, or refused for now; the same command may succeed later",
            "",
            "Environment:",
            "  QIGHT_RELAY  the relay's address, for send, fetch, subscribe and demo",
            "  QIGHT_TRUST  the certificate to trust, for these",
            "  QIGHT_IDENTITY  the identity's file, for send, fetch, subscribe, grant and revoke",
            "  QIGHT_TOKEN  the token that lets them in",
            "  QIGHT_DATA   the relay's data directory",
            "  QIGHT_JAVA_OPTS  more options for the Java virtual machine"
        })
final class QightCommand implements Runnable {
    @Spec private CommandSpec spec;

    @Option(
            names = "--verbose",
            scope = ScopeType.INHERIT,
            description = "Show a stack trace where something fails.")
    @SuppressWarnings("unused") // asked of the parse result, by Failures
    private boolean verbose;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Which command?");
    }
}
