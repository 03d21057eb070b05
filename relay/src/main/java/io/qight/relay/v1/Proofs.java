package io.qight.relay.v1;

import io.qight.identity.Grant;
import io.qight.identity.GrantUse;
import io.qight.identity.IdentityKey;
import io.qight.identity.ProofStatement;
import io.qight.identity.SignatureKind;
import io.qight.wire.v1.Id;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Checks that a client holds the key that it claims, on this relay and this connection: what it
 * signs names the nonce of the connection and the relay's own key. Thread-safe.
 *
 * @param serviceName the relay's, as in WELCOME
 * @param relayKeyHashes tells SHA-256 of the SubjectPublicKeyInfo of the relay's certificate, and
 *     of those that a client with a session ticket may have seen before
 */
public record Proofs(String serviceName, Supplier<List<ByteBuffer>> relayKeyHashes) {
    /** Whether the signature proves it. */
    boolean proves(IdentityKey identity, ByteBuffer nonce, String clientId, ByteBuffer signature) {
        return statements(nonce, clientId)
                .anyMatch(statement ->
                        identity.verifies(SignatureKind.PROVE, statement.bytes(), signature));
    }

    /** Whether the signature proves that the client holds the key that the grant is for. */
    boolean proves(
            Grant grant, Id outbox, ByteBuffer nonce, String clientId, ByteBuffer signature) {
        IdentityKey key = grant.terms().key();
        return statements(nonce, clientId)
                .map(statement -> new GrantUse(statement, outbox, grant))
                .anyMatch(use -> key.verifies(SignatureKind.USE_GRANT, use.bytes(), signature));
    }

    private Stream<ProofStatement> statements(ByteBuffer nonce, String clientId) {
        return relayKeyHashes.get().stream()
                .map(hash ->
                        new ProofStatement(
                                nonce, hash, serviceName, StreamingProtocol.ALPN, clientId));
    }
}
