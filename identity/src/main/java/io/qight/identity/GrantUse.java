package io.qight.identity;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.qight.wire.v1.Id;
import java.nio.ByteBuffer;

/**
 * What the holder of a grant's one-purpose key signs to use it, {@link SignatureKind#USE_GRANT}:
 * bound to one connection to one relay as a proof of identity is, and to the outbox of the stream.
 *
 * @param connection the connection
 * @param outbox whose SENDs it is used for
 * @param grant which grant
 */
public record GrantUse(ProofStatement connection, Id outbox, Grant grant) {
    /** What is signed. */
    public ByteBuffer bytes() {
        ByteBuf out = Unpooled.buffer();
        out.writeBytes(connection.bytes())
                .writeLong(outbox.high())
                .writeLong(outbox.low())
                .writeBytes(grant.bytes());
        return out.nioBuffer();
    }
}
