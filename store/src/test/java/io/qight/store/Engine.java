package io.qight.store;

import java.util.Optional;

/** How the stores of an engine are opened for the contract's tests. */
public interface Engine {
    /** Opens an empty store. */
    MailboxStore open();

    /** Opens an empty store that has room for some envelopes of 20 KiB, and for 1,000 at most. */
    MailboxStore openSmall();

    /**
     * Closes the store and opens it anew with what it holds. Empty, and nothing done, for an engine
     * whose contents end with it; then the tests go on with the store as it is.
     */
    Optional<MailboxStore> reopen(MailboxStore store);
}
