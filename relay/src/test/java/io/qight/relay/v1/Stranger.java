package io.qight.relay.v1;

import io.qight.identity.Grant;
import io.qight.identity.IdentityKey;
import io.qight.relay.access.Access;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.Id;
import java.util.Optional;

/** A client that has proved nothing, and takes any grant that its owner has signed. */
record Stranger(Access access) implements Standing {
    /** One that may do all that anybody may. */
    static final Standing STANDING = new Stranger(Access.everything());

    @Override
    public Optional<IdentityKey> identity() {
        return Optional.empty();
    }

    @Override
    public Optional<ReceiptSigner> signer() {
        return Optional.empty();
    }

    @Override
    public Grant grant(Frame.Grant frame, Id outbox) {
        return Grant.of(frame.grant());
    }
}
