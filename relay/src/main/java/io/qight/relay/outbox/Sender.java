package io.qight.relay.outbox;

import io.qight.identity.Grant;
import io.qight.identity.IdentityKey;
import io.qight.store.OutboxId;
import io.qight.transport.AddressPrefix;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Who sends on a SEND stream, as far as its client has proved it. The session bounds how many
 * grants it brings.
 */
public final class Sender {
    private final AddressPrefix address;
    private final OutboxId outbox;
    private final Map<String, Grant> grants = new HashMap<>();
    private Optional<String> ownMailbox = Optional.empty();

    /** Somebody of whom nothing is known but where they are and which outbox they know. */
    public Sender(AddressPrefix address, OutboxId outbox) {
        this.address = address;
        this.outbox = outbox;
    }

    /** Where the client is. */
    public AddressPrefix address() {
        return address;
    }

    /** Whose envelopes it sends. */
    public OutboxId outbox() {
        return outbox;
    }

    /** Whether the client is the mailbox's owner. */
    public boolean owns(String mailbox) {
        return ownMailbox.isPresent() && ownMailbox.get().equals(mailbox);
    }

    /** The grant that it uses for a mailbox. */
    public Optional<Grant> grant(String mailbox) {
        return grants.isEmpty() ? Optional.empty() : Optional.ofNullable(grants.get(mailbox));
    }

    /** The client has proved to be this. */
    public void proved(IdentityKey identity) {
        ownMailbox = Optional.of(identity.address());
    }

    /** The client uses this grant, in place of the one before for its mailbox. */
    public void use(Grant grant) {
        grants.put(grant.mailbox(), grant);
    }
}
