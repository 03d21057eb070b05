package io.qight.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;

/** {@code qight completion}. */
@Command(
        name = "completion",
        mixinStandardHelpOptions = true,
        description = "Print a script that completes qight's commands and options.",
        footer = {
            "",
            "For bash and zsh, in the shell itself or in its start-up file:",
            "  source <(qight completion)"
        })
final class CompletionCommand implements Callable<Integer> {
    @Override
    public Integer call() throws IOException {
        try (Output out = Output.standard()) {
            out.line(AutoComplete.bash("qight", Main.wholeCommandLine()));
        }
        return Failures.DONE;
    }
}
