package io.qight.relay.access;

import java.util.List;
import java.util.Optional;

/**
 * Lets in who sends a token that it knows; a wrong one is refused, and without one a peer is a
 * stranger. Thread-safe.
 *
 * <p>The table can be replaced while the relay runs: the connections of a token that is gone, or
 * permits less, are closed within about a second; one that permits more does so from the client's
 * next connection on.
 */
public final class TokenPolicy implements AccessPolicy {
    private volatile TokenTable table;

    /** With these tokens. */
    public TokenPolicy(TokenTable table) {
        this.table = table;
    }

    /** From now on these tokens are known, and no others. */
    public void replace(TokenTable tokens) {
        table = tokens;
    }

    @Override
    public Admission admit(Peer peer) {
        if (peer.token().isEmpty()) {
            return new Admission.Stranger();
        }
        Optional<TokenTable.Entry> entry = table.find(peer.token().get());
        return entry.isPresent()
                ? new Admission.Granted(new Holder(entry.get()))
                : new Admission.Refused("the token is not one that the relay knows");
    }

    private final class Holder implements Access {
        private final TokenTable.Entry entry;

        Holder(TokenTable.Entry entry) {
            this.entry = entry;
        }

        @Override
        public boolean maySend(String mailbox) {
            return matches(entry.send, mailbox);
        }

        @Override
        public boolean mayFetch(String mailbox) {
            return matches(entry.fetch, mailbox);
        }

        @Override
        public boolean stands() {
            return table.covers(entry);
        }
    }

    private static boolean matches(List<MailboxPattern> patterns, String mailbox) {
        for (int i = 0; i < patterns.size(); i++) {
            if (patterns.get(i).matches(mailbox)) {
                return true;
            }
        }
        return false;
    }
}
