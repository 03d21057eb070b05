package io.qight.cli;

import io.qight.client.RelayClient;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code qight demand-grants}. */
@Command(
        name = "demand-grants",
        mixinStandardHelpOptions = true,
        description = {
            "Say whether who sends to your identity's mailbox has to have a grant.",
            "The relay keeps it until you say otherwise. What waits already stays."
        },
        footer = {
            "",
            "Examples:",
            "  qight demand-grants --identity me.pem on",
            "  qight demand-grants --identity me.pem off"
        })
final class DemandGrantsCommand implements Callable<Integer> {
    /** What can be said. */
    enum Answer {
        ON,
        OFF
    }

    @Mixin private RelayTarget relay;

    @Parameters(paramLabel = "on|off", description = "Whether they have to.")
    private Answer answer;

    @Override
    public Integer call() {
        try (RelayClient client = relay.connect()) {
            client.demandGrants(answer == Answer.ON);
        }
        Failures.say(answer == Answer.ON ? "grants are demanded" : "anybody may send");
        return Failures.DONE;
    }
}
