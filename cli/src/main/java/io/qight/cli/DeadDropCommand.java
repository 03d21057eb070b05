package io.qight.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code qight dead drop}. */
@Command(
        name = "drop",
        mixinStandardHelpOptions = true,
        description = "Throw dead letters away.",
        footer = {"", "Examples:", "  qight dead drop bob 4711", "  qight dead drop bob --all"})
final class DeadDropCommand implements Callable<Integer> {
    @Mixin private DeadLetterChoice letters;

    @Override
    public Integer call() throws IOException {
        return letters.forEach("drop", "dropped");
    }
}
