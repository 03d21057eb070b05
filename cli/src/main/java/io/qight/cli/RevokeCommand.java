package io.qight.cli;

import io.qight.client.RelayClient;
import io.qight.identity.Grant;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code qight revoke}. */
@Command(
        name = "revoke",
        mixinStandardHelpOptions = true,
        description = {
            "Take a grant back that your identity has given.",
            "Ends with exit code 0 once the relay keeps the revocation; from then on it refuses what"
                    + " is sent by the grant."
        },
        footer = {"", "Examples:", "  qight revoke --identity me.pem shop.grant"})
final class RevokeCommand implements Callable<Integer> {
    @Mixin private RelayTarget relay;

    @Parameters(paramLabel = "FILE", description = "The grant, as qight grant printed it.")
    private Path file;

    @Override
    public Integer call() throws Exception {
        Grant grant = GrantFile.read(file);
        try (RelayClient client = relay.connect()) {
            client.revoke(grant);
        }
        Failures.say("revoked");
        return Failures.DONE;
    }
}
