package io.qight.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code qight store}. */
@Command(
        name = "store",
        mixinStandardHelpOptions = true,
        description = "Look after a relay's store while the relay is stopped.",
        subcommands = StoreCheckCommand.class)
final class StoreCommand implements Runnable {
    @Spec private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "What of the store?");
    }
}
