package io.qight.relay.v1;

import io.qight.identity.IdentityKey;
import io.qight.identity.ProofStatement;
import io.qight.identity.SignatureKind;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Checks that a client holds the key that it claims, on this relay and this connection: what it
 * signs names the nonce of the connection and the relay's own key. Thread-safe.
 *
 * @param serviceName the relay's, as in WELCOME
 * @param relayKeyHashes SHA-256 of the SubjectPublicKeyInfo of the relay's certificate, and of
 *     those that a client with a session ticket may have seen before
 */
public record Proofs(String serviceName, List<ByteBuffer> relayKeyHashes) {
    /** Copies the list. */
    public Proofs {
        relayKeyHashes = List.copyOf(relayKeyHashes);
    }

    /** Whether the signature proves it. */
    boolean proves(IdentityKey identity, ByteBuffer nonce, String clientId, ByteBuffer signature) {
        return relayKeyHashes.stream()
                .map(hash ->
                        new ProofStatement(
                                nonce, hash, serviceName, StreamingProtocol.ALPN, clientId))
                .anyMatch(statement ->
                        identity.verifies(SignatureKind.PROVE, statement.bytes(), signature));
    }
}
