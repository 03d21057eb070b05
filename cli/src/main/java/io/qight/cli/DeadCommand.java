package io.qight.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code qight dead}. */
@Command(
        name = "dead",
        mixinStandardHelpOptions = true,
        description = {
            "Decide about the dead letters of a relay on this machine.",
            "A message that failed too often, or that a receiver gave back as dead, is kept aside"
                    + " for 7 days, with the reason."
        },
        subcommands = {DeadListCommand.class, DeadRequeueCommand.class, DeadDropCommand.class})
final class DeadCommand implements Runnable {
    @Spec private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "What of the dead letters?");
    }
}
