package io.qight.cli;

import io.qight.relay.access.AccessPolicy;
import io.qight.relay.access.TokenPolicy;
import io.qight.relay.access.TokenTable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** Who is let in to a relay, and what they may do: what any of these options permits. */
final class AccessOptions {
    private static final Logger LOG = LoggerFactory.getLogger(AccessOptions.class);

    @Option(
            names = "--open-names",
            description = {
                "Let everyone who reaches the relay send to any mailbox and read any mailbox. The"
                        + " default on a loopback address."
            })
    private boolean openNames;

    @Option(
            names = "--open-keys",
            description = {
                "Let everyone who reaches the relay send to the mailboxes of keys, and read those"
                        + " whose key it proves. The default on other addresses."
            })
    private boolean openKeys;

    @Option(
            names = "--tokens",
            paramLabel = "FILE",
            description = {
                "Let in who has a token of this file, to do what the file says. It is read again"
                        + " when it changes, and at SIGHUP."
            })
    private @Nullable Path tokens;

    @ArgGroup(exclusive = false)
    private @Nullable ClientAuthority clientAuthority;

    /** What is asked of clients that show a certificate. */
    private static final class ClientAuthority {
        @Option(
                names = "--client-ca",
                paramLabel = "FILE",
                required = true,
                description = {
                    "Let in who shows a certificate that an authority in this file, PEM, has"
                            + " signed: to send to any mailbox, and read that of its name. It is"
                            + " read again when it changes, and at SIGHUP."
                })
        private Path file;

        @Option(
                names = "--client-certificates",
                paramLabel = "HOW",
                defaultValue = "required",
                completionCandidates = Candidates.class,
                description = {
                    "required: nobody gets in without such a certificate. optional: who has none"
                            + " may do what the other options permit. Default: ${DEFAULT-VALUE}."
                })
        private Demand demand;
    }

    /** Whether a client must show a certificate. */
    private enum Demand {
        REQUIRED,
        OPTIONAL
    }

    /** What a shell offers. */
    static final class Candidates implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Arrays.stream(Demand.values())
                    .map(demand -> demand.name().toLowerCase(Locale.ROOT))
                    .iterator();
        }
    }

    /**
     * The policy, which follows the file of tokens from now on; empty if no option says who may.
     *
     * @throws io.qight.relay.access.BadTokenFileException if the file is not what it should be
     */
    Optional<AccessPolicy> policy() {
        List<AccessPolicy> policies = new ArrayList<>();
        if (openNames) {
            policies.add(AccessPolicy.openNames());
        }
        if (openKeys) {
            policies.add(AccessPolicy.openKeys());
        }
        if (tokens != null) {
            policies.add(tokenPolicy(tokens));
        }
        if (clientAuthority != null) {
            policies.add(AccessPolicy.certificates());
        }
        return policies.isEmpty() ? Optional.empty() : Optional.of(AccessPolicy.anyOf(policies));
    }

    /** The file of the authorities of clients' certificates. */
    Optional<AuthorityFile> authorities() {
        return Optional.ofNullable(clientAuthority)
                .map(authority ->
                        new AuthorityFile(authority.file, authority.demand == Demand.REQUIRED));
    }

    /** What a client on this machine has to be told to use names; empty if it cannot. */
    Optional<String> clientOptions(boolean onLoopback) {
        boolean required = clientAuthority != null && clientAuthority.demand == Demand.REQUIRED;
        String certificate = "--certificate FILE --key FILE ";
        if (openNames) {
            return Optional.of(required ? certificate : "");
        } else if (tokens != null) {
            return Optional.of((required ? certificate : "") + "--token-file FILE ");
        } else if (clientAuthority != null) {
            return Optional.of(certificate);
        }
        return onLoopback && !openKeys ? Optional.of("") : Optional.empty();
    }

    private static AccessPolicy tokenPolicy(Path file) {
        WatchedFile watched = WatchedFile.of(file);
        TokenPolicy policy = new TokenPolicy(TokenTable.read(file));
        watched.onChange(() -> {
            TokenTable table = TokenTable.read(file);
            policy.replace(table);
            LOG.info("{} has {} tokens now", file, table.size());
        });
        return policy;
    }
}
