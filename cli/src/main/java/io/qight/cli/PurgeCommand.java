package io.qight.cli;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code qight purge}. */
@Command(
        name = "purge",
        mixinStandardHelpOptions = true,
        description = {
            "Throw away all that waits in a mailbox of a relay on this machine.",
            "Also what a receiver holds just now. What comes after the command began stays, and so"
                    + " do dead letters. Asks first, where it can."
        },
        footer = {"", "Examples:", "  qight purge bob", "  qight purge bob --yes"})
final class PurgeCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;
    @Mixin private DataDirectory data;

    @Parameters(index = "0", paramLabel = "MAILBOX", description = "Whose mailbox.")
    private String mailbox;

    @Option(
            names = {"-y", "--yes"},
            description = "Do not ask. Needed where standard input is no terminal.")
    private boolean yes;

    @Option(names = "--json", description = "Print how many were removed as one JSON object.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        if (!yes && !Terminal.input()) {
            throw new ParameterException(
                    spec.commandLine(), "There is no terminal to ask at: give --yes.");
        }
        Map<String, String> waits = AdminAnswer.ask(data.path(), "stat " + mailbox).fields();
        long removed = 0;
        if (!AdminAnswer.text(waits, "waiting").equals("0")) {
            if (!yes
                    && !Terminal.confirm(
                            "throw away "
                                    + AdminAnswer.text(waits, "waiting")
                                    + " that wait for "
                                    + mailbox
                                    + "?")) {
                throw new CommandFailure(Failures.FAILED, "nothing was removed");
            }
            removed = purge(AdminAnswer.text(waits, "lastSequence"));
        }
        tell(removed);
        return Failures.DONE;
    }

    private long purge(String lastSequence) throws IOException {
        long removed = 0;
        Map<String, String> answer;
        do {
            answer = AdminAnswer.ask(data.path(), "purge " + lastSequence + " " + mailbox).fields();
            removed += Long.parseLong(AdminAnswer.text(answer, "removed"));
        } while (Boolean.parseBoolean(AdminAnswer.text(answer, "more")));
        return removed;
    }

    private void tell(long removed) throws IOException {
        if (json) {
            try (Output out = Output.standard()) {
                out.jsonLine(object -> object.text("mailbox", mailbox).number("removed", removed));
            }
        } else {
            Failures.say("removed " + removed + " that waited for " + mailbox);
        }
    }
}
