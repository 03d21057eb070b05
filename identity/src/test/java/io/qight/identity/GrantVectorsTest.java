package io.qight.identity;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.qight.wire.v1.Id;
import io.qight.wire.v1.Varint;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Grants, uses and revocations of {@code docs/vectors/v1-grants.txt}. */
class GrantVectorsTest {
    private static final Path FILE = Path.of("..", "docs", "vectors", "v1-grants.txt");

    @ParameterizedTest
    @ValueSource(strings = {"grant", "grant-least", "grant-greatest"})
    void grantIsWrittenAndRead(String name) throws IOException {
        Vector vector = vector(name);
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
        Vector vector = vector("use");
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
        Vector vector = vector("revoke");
        Identity owner = vector.identity("secret.owner");
        Revocation revocation =
                Revocation.sign(owner, vector.id("grant"), vector.number("ends_millis"));

        assertThat(revocation.signature()).isEqualTo(vector.bytes("signature"));
        assertThat(owner.sign(SignatureKind.REVOKE, vector.bytes("whole")))
                .isEqualTo(vector.bytes("signature"));
        assertThat(revocation.signedBy(owner.key())).isTrue();
    }

    private static Vector vector(String name) throws IOException {
        for (String block : Files.readString(FILE).split("\n\n", -1)) {
            Vector vector = new Vector(new HashMap<>(), new ArrayList<>());
            for (String line : block.lines().filter(one -> !one.startsWith("#")).toList()) {
                String[] parts = line.split(" ", 2);
                vector.values.put(parts[0], parts.length == 2 ? parts[1] : "");
                vector.names.add(parts[0]);
            }
            if (name.equals(vector.values.get("case"))) {
                return vector;
            }
        }
        throw new AssertionError("no case " + name);
    }

    /** The values of a case, and their names in order. */
    private record Vector(Map<String, String> values, List<String> names) {
        String value(String name) {
            String value = values.get(name);
            if (value == null) {
                throw new AssertionError("no line " + name);
            }
            return value;
        }

        ByteBuffer bytes(String name) {
            return ByteBuffer.wrap(HexFormat.of().parseHex(value(name)));
        }

        ByteBuffer fields(String first, String last) {
            StringBuilder digits = new StringBuilder();
            names.subList(names.indexOf(first), names.indexOf(last) + 1)
                    .forEach(name -> digits.append(value(name)));
            return ByteBuffer.wrap(HexFormat.of().parseHex(digits));
        }

        String text(String name) {
            return StandardCharsets.UTF_8.decode(bytes(name)).toString();
        }

        long number(String name) {
            ByteBuf in = Unpooled.wrappedBuffer(bytes(name));
            return Varint.read(in);
        }

        Id id(String name) {
            ByteBuffer bytes = bytes(name);
            return new Id(bytes.getLong(), bytes.getLong());
        }

        Identity identity(String name) {
            return Identity.ofSeed(HexFormat.of().parseHex(value(name)));
        }
    }
}
