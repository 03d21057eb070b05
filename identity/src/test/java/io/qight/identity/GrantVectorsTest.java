package io.qight.identity;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Grants, uses and revocations of {@code docs/vectors/v1-grants.txt}. */
class GrantVectorsTest {
    @ParameterizedTest
    @ValueSource(strings = {"grant", "grant-least", "grant-greatest"})
    void grantIsWrittenAndRead(String name) throws IOException {
        VectorCase vector = vector(name);
        GrantTerms terms =
                new GrantTerms(
                        IdentityKey.of(vector.bytes("key")),
                        vector.id("id"),
                        vector.number("not_before_millis"),
                        vector.number("expires_millis"),
                        new GrantTerms.Rate(
                                vector.number("rate_envelopes"),
                                vector.number("rate_millis"),
                                vector.number("burst")),
                        vector.number("envelope_bytes_max"));
        Grant grant = Grant.sign(vector.identity("secret.owner"), terms);

        assertThat(grant.bytes()).isEqualTo(vector.bytes("whole"));
        assertThat(grant.text()).isEqualTo(vector.value("text"));
        assertThat(Grant.of(vector.bytes("whole")).terms()).isEqualTo(terms);
        assertThat(Grant.ofText(vector.value("text"))).isEqualTo(grant);
        assertThat(vector.identity("secret.key").key()).isEqualTo(terms.key());
        assertThat(vector.fields("version", "signature")).isEqualTo(vector.bytes("whole"));
    }

    @Test
    void useIsSigned() throws IOException {
        VectorCase vector = vector("use");
        Grant grant = Grant.of(vector.bytes("grant"));
        ProofStatement connection =
                new ProofStatement(
                        vector.bytes("nonce"),
                        vector.bytes("relay_key_hash"),
                        vector.text("service_name"),
                        vector.text("alpn"),
                        vector.text("client_id"));
        ByteBuffer statement = new GrantUse(connection, vector.id("outbox"), grant).bytes();

        assertThat(statement).isEqualTo(vector.bytes("whole"));
        assertThat(vector.fields("nonce", "grant")).isEqualTo(vector.bytes("whole"));
        assertThat(vector.identity("secret.key").sign(SignatureKind.USE_GRANT, statement))
                .isEqualTo(vector.bytes("proof"));
        assertThat(
                        grant.terms()
                                .key()
                                .verifies(
                                        SignatureKind.USE_GRANT, statement, vector.bytes("proof")))
                .isTrue();
    }

    @Test
    void revocationIsSigned() throws IOException {
        VectorCase vector = vector("revoke");
        Identity owner = vector.identity("secret.owner");
        Revocation revocation =
                Revocation.sign(owner, vector.id("grant"), vector.number("ends_millis"));

        assertThat(revocation.signature()).isEqualTo(vector.bytes("signature"));
        assertThat(owner.sign(SignatureKind.REVOKE, vector.bytes("whole")))
                .isEqualTo(vector.bytes("signature"));
        assertThat(revocation.signedBy(owner.key())).isTrue();
    }

    private static VectorCase vector(String name) throws IOException {
        return VectorCase.of("v1-grants.txt", name);
    }
}
