package io.qight.client.v1;

import io.qight.identity.Grant;
import io.qight.identity.GrantUse;
import io.qight.identity.Identity;
import io.qight.identity.ProofStatement;
import io.qight.identity.SignatureKind;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.Id;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What some SENDs need before they go out: a grant, which is shown once on each stream and needs
 * the relay's nonce; for the client's own mailbox, that its identity is proved.
 */
public final class SendPermits {
    /** A grant, and the one-purpose identity that it is for. */
    private record Held(Grant grant, Identity key) {}

    private final Map<String, Held> grants = new HashMap<>();

    /** The mailboxes whose grant was shown on the stream. */
    private final Set<String> shown = new HashSet<>();

    private Optional<String> ownMailbox = Optional.empty();
    private boolean proved;
    private @Nullable Supplier<ProofStatement> connection;

    /** Uses a grant from now on, in place of the one before for its mailbox. */
    public void use(Grant grant, Identity key) {
        grants.put(grant.mailbox(), new Held(grant, key));
        shown.remove(grant.mailbox());
    }

    /** The client proves this identity on each connection. */
    void own(Identity identity) {
        ownMailbox = Optional.of(identity.key().address());
    }

    /** A connection begins. */
    void begin() {
        connection = null;
        proved = false;
    }

    /** The relay has said WELCOME: what is signed on this connection. */
    void welcomed(Supplier<ProofStatement> statement) {
        connection = statement;
    }

    /** The identity is proved on this connection. */
    void proved() {
        proved = true;
    }

    /** A stream begins. */
    void streamBegins() {
        shown.clear();
    }

    /** Whether nothing may be sent to the mailbox yet. */
    boolean waits(String mailbox) {
        return (connection == null && grants.containsKey(mailbox))
                || (!proved && ownMailbox.isPresent() && ownMailbox.get().equals(mailbox));
    }

    /** What is to be written before the next SEND to the mailbox; null if nothing is. */
    @Nullable Frame before(String mailbox, Id outbox) {
        Held held = grants.isEmpty() ? null : grants.get(mailbox);
        if (held == null || connection == null || !shown.add(mailbox)) {
            return null;
        }
        GrantUse use = new GrantUse(connection.get(), outbox, held.grant);
        return new Frame.Grant(
                held.grant.bytes(), held.key.sign(SignatureKind.USE_GRANT, use.bytes()));
    }
}
