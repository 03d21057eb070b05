package io.qight.identity;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.qight.wire.v1.Varint;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * What a client signs to prove its identity on one connection, {@link SignatureKind#PROVE}: bound
 * to a nonce that the relay uses once, and to the relay that the client's own handshake verified,
 * so that it can be neither replayed nor passed on.
 *
 * @param nonce the relay's, of this connection
 * @param relayKeyHash SHA-256 of the SubjectPublicKeyInfo of the relay's certificate
 * @param serviceName the relay's, as in WELCOME
 * @param alpn the protocol that the handshake agreed on
 * @param clientId the client's, as in HELLO
 */
public record ProofStatement(
        ByteBuffer nonce,
        ByteBuffer relayKeyHash,
        String serviceName,
        String alpn,
        String clientId) {
    /** What is signed. */
    public ByteBuffer bytes() {
        ByteBuf out = Unpooled.buffer();
        out.writeBytes(nonce.duplicate()).writeBytes(relayKeyHash.duplicate());
        for (String text : new String[] {serviceName, alpn, clientId}) {
            Varint.write(ByteBufUtil.utf8Bytes(text), out);
            out.writeCharSequence(text, StandardCharsets.UTF_8);
        }
        return out.nioBuffer();
    }
}
