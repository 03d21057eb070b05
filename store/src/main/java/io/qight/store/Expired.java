package io.qight.store;

import java.util.List;

/**
 * Envelopes whose time is over.
 *
 * @param envelopes which ones
 * @param nextMillis when to look again, in milliseconds since 1970: no later than the earliest
 *     deadline of all other waiting envelopes (it may be earlier); {@link Long#MAX_VALUE} if none
 *     waits
 */
public record Expired(List<Key> envelopes, long nextMillis) {
    /**
     * Names a waiting envelope.
     *
     * @param mailbox where it waits
     * @param sequence its number
     */
    public record Key(String mailbox, long sequence) {}
}
