package io.qight.relay.flow;

import io.qight.store.StoredEnvelope;
import java.util.List;
import java.util.Map;

/** Who hears which mailboxes a commit changed. */
@FunctionalInterface
public interface Arrivals {
    /**
     * A commit has returned, and put these envelopes into these mailboxes, in their order; none
     * into one of which an operator, say, took some. Called once for each such commit, on the
     * writer's thread, before its callers are answered; so it hands the news on and returns at
     * once.
     */
    void arrived(Map<String, List<StoredEnvelope>> mailboxes);
}
