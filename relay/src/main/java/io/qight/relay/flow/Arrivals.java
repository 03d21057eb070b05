package io.qight.relay.flow;

import java.util.Set;

/** Who hears which mailboxes got something. */
@FunctionalInterface
public interface Arrivals {
    /**
     * A commit has returned, and these mailboxes got envelopes in it. Called once for each such
     * commit, on the writer's thread, before its callers are answered; so it hands the news on and
     * returns at once.
     */
    void arrived(Set<String> mailboxes);
}
