package io.qight.client.v1;

import io.qight.identity.Identity;
import io.qight.identity.ProofStatement;
import io.qight.identity.SignatureKind;
import io.qight.wire.v1.Frame;
import java.nio.ByteBuffer;
import java.util.function.Supplier;

/**
 * Proves who the client is, on one connection.
 *
 * @param identity whom it claims to be
 * @param relayKeyHash of the relay that the client's handshake verified; asked for at WELCOME
 * @param alpn the protocol of the connection
 */
public record Prover(Identity identity, Supplier<ByteBuffer> relayKeyHash, String alpn) {
    /** The answer to WELCOME. */
    Frame.Prove answer(Frame.Welcome welcome, String clientId) {
        ProofStatement statement =
                new ProofStatement(
                        welcome.nonce(), relayKeyHash.get(), welcome.serviceName(), alpn, clientId);
        return new Frame.Prove(identity.sign(SignatureKind.PROVE, statement.bytes()));
    }
}
