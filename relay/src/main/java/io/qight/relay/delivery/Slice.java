package io.qight.relay.delivery;

import io.qight.store.StoredEnvelope;
import java.util.List;

/**
 * A part of what a FETCH gives.
 *
 * @param envelopes in the order of the mailbox; leased to the FETCH
 * @param last whether nothing more follows
 */
public record Slice(List<StoredEnvelope> envelopes, boolean last) {
    /** Copies the list. */
    public Slice {
        envelopes = List.copyOf(envelopes);
    }
}
