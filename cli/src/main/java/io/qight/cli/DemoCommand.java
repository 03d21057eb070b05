package io.qight.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code qight demo}. */
@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        description = {
            "Show in a few seconds what a relay does.",
            "Without --relay it starts one of its own, on a free port of this machine, with its"
                    + " store in a temporary directory that is removed at the end. Each line that"
                    + " it prints is what a call gave."
        },
        footer = {"", "Examples:", "  qight demo", "  qight demo --relay 127.0.0.1:4433"})
final class DemoCommand implements Callable<Integer> {
    @Mixin private RelayTarget target;

    @Override
    public Integer call() throws IOException, InterruptedException {
        try (Output out = Output.standard()) {
            Demo demo = new Demo(out);
            if (target.given()) {
                demo.againstRunningRelay(target);
            } else {
                demo.withOwnRelay();
            }
        }
        return Failures.DONE;
    }
}
