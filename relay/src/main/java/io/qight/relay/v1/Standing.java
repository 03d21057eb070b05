package io.qight.relay.v1;

import io.qight.identity.Grant;
import io.qight.identity.IdentityKey;
import io.qight.relay.access.Access;
import io.qight.wire.ErrorCode;
import io.qight.wire.ProtocolException;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.Id;
import java.util.Optional;

/** Who the client of a connection is, as far as it proves it. On the connection's event loop. */
interface Standing {
    /** Whom the client has proved to be. */
    Optional<IdentityKey> identity();

    /** What the client may do; only once it is let in. */
    Access access();

    /** What signs the receipts of one more stream, if the client wants them signed. */
    Optional<ReceiptSigner> signer();

    /**
     * The grant that the client uses for an outbox.
     *
     * @throws ProtocolException {@link ErrorCode#NOT_PROVED} if its owner has not signed it or the
     *     client does not prove that it holds the key, {@link ErrorCode#MALFORMED_FRAME}
     */
    Grant grant(Frame.Grant frame, Id outbox);
}
