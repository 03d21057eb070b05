package io.qight.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code qight dead requeue}. */
@Command(
        name = "requeue",
        mixinStandardHelpOptions = true,
        description = {
            "Put dead letters back into their mailbox.",
            "They go behind all that waits there, as if they were sent now: time to live and"
                    + " failures begin again. A relay that is killed meanwhile may keep one in both"
                    + " places, and loses none."
        },
        footer = {
            "",
            "Examples:",
            "  qight dead requeue bob 4711",
            "  qight dead requeue bob --all"
        })
final class DeadRequeueCommand implements Callable<Integer> {
    @Mixin private DeadLetterChoice letters;

    @Override
    public Integer call() throws IOException {
        return letters.forEach("requeue", "put back");
    }
}
