package io.qight.cli;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code qight peek}. */
@Command(
        name = "peek",
        mixinStandardHelpOptions = true,
        description = {
            "List what waits in a mailbox of a relay on this machine, and leave it there.",
            "Nothing is leased, so receivers do not notice. It asks by a socket in the data"
                    + " directory that only the relay's own user may use."
        },
        footer = {
            "",
            "Examples:",
            "  qight peek bob",
            "  qight peek bob --max 1 --payload",
            "  qight peek bob --json --data /var/lib/qight"
        })
final class PeekCommand implements Callable<Integer>, EnvelopeListing.Kind {
    @Mixin private EnvelopeListing listing;

    @Parameters(index = "0", paramLabel = "MAILBOX", description = "Whose mailbox.")
    private String mailbox;

    @Override
    public Integer call() throws IOException {
        if (listing.print(this, mailbox) == 0) {
            Failures.say("nothing waits for " + mailbox);
        }
        return Failures.DONE;
    }

    @Override
    public String verb() {
        return "peek";
    }

    @Override
    public String titles() {
        return "STATE ";
    }

    @Override
    public String columns(Map<String, String> envelope) {
        return leased(envelope) ? "leased" : "waits ";
    }

    @Override
    public void describe(Map<String, String> envelope, JsonObject object) {
        object.flag("leased", leased(envelope));
    }

    private static boolean leased(Map<String, String> envelope) {
        return Boolean.parseBoolean(envelope.get("leased"));
    }
}
