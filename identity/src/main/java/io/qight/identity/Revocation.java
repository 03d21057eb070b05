package io.qight.identity;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.qight.wire.v1.Id;
import io.qight.wire.v1.Varint;
import java.nio.ByteBuffer;

/**
 * That a grant is taken back, signed by its owner.
 *
 * @param grant the grant's id
 * @param endsMillis when the grant ends by itself, in milliseconds since 1970: so long it is kept
 * @param signature the owner's
 */
public record Revocation(Id grant, long endsMillis, ByteBuffer signature) {
    /** Takes a grant back, as its owner. */
    public static Revocation sign(Identity owner, Id grant, long endsMillis) {
        return new Revocation(
                grant, endsMillis, owner.sign(SignatureKind.REVOKE, statement(grant, endsMillis)));
    }

    /** Whether this owner has signed it. */
    public boolean signedBy(IdentityKey owner) {
        return owner.verifies(SignatureKind.REVOKE, statement(grant, endsMillis), signature);
    }

    private static ByteBuffer statement(Id grant, long endsMillis) {
        ByteBuf out = Unpooled.buffer();
        out.writeLong(grant.high()).writeLong(grant.low());
        Varint.write(endsMillis, out);
        return out.nioBuffer();
    }
}
