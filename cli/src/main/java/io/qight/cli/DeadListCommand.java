package io.qight.cli;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code qight dead list}. */
@Command(
        name = "list",
        mixinStandardHelpOptions = true,
        description = "List the dead letters of a mailbox, with when and why they were put aside.",
        footer = {
            "",
            "Examples:",
            "  qight dead list bob",
            "  qight dead list bob --json --payload | jq -r .reason"
        })
final class DeadListCommand implements Callable<Integer>, EnvelopeListing.Kind {
    @Mixin private EnvelopeListing listing;

    @Parameters(index = "0", paramLabel = "MAILBOX", description = "Whose mailbox.")
    private String mailbox;

    @Override
    public Integer call() throws IOException {
        if (listing.print(this, mailbox) == 0) {
            Failures.say("there are no dead letters for " + mailbox);
        }
        return Failures.DONE;
    }

    @Override
    public String verb() {
        return "dead";
    }

    @Override
    public String titles() {
        return "SINCE                     REASON";
    }

    @Override
    public String columns(Map<String, String> letter) {
        return String.format(
                "%-24s  %s",
                AdminAnswer.text(letter, "buried"),
                Payload.tame(AdminAnswer.text(letter, "reason")));
    }

    @Override
    public void describe(Map<String, String> letter, JsonObject object) {
        object.text("buried", AdminAnswer.text(letter, "buried"))
                .text("reason", AdminAnswer.text(letter, "reason"));
    }
}
