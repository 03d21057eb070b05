package io.qight.identity;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.qight.wire.ProtocolException;
import java.nio.ByteBuffer;
import java.security.KeyFactory;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys and what they sign. */
class IdentityTest {
    private static final HexFormat HEX = HexFormat.of();
    private static final ByteBuffer HI = ByteBuffer.wrap("hi".getBytes(UTF_8));

    private final Identity alice = Identity.generate(new SecureRandom());

    @Test
    void theKeyIsThatOfTheStandard() {
        // RFC 8032, section 7.1, test 1.
        Identity identity =
                Identity.ofSeed(
                        HEX.parseHex(
                                "9d61b19deffd5a60ba844af492ec2cc4"
                                        + "4449c5697b326919703bac031cae7f60"));
        assertThat(identity.key().address())
                .isEqualTo(
                        "key:d75a980182b10ab7d54bfed3c964073a"
                                + "0ee172f3daa62325af021a68f707511a");
    }

    @Test
    void anotherImplementationVerifiesWhatIsSigned() throws Exception {
        byte[] encoded = Arrays.copyOf(HEX.parseHex("302a300506032b6570032100"), 44);
        alice.key().bytes().get(encoded, 12, 32);
        Signature java = Signature.getInstance("Ed25519");
        java.initVerify(
                KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(encoded)));
        java.update("qight/1 prove\0hi".getBytes(UTF_8));

        assertThat(java.verify(alice.sign(SignatureKind.PROVE, HI).array())).isTrue();
    }

    @Test
    void aSignatureIsOfItsKindKeyAndStatementAlone() {
        ByteBuffer signature = alice.sign(SignatureKind.PROVE, HI);
        IdentityKey key = alice.key();

        assertThat(key.verifies(SignatureKind.PROVE, HI, signature)).isTrue();
        assertThat(key.verifies(SignatureKind.ENVELOPE, HI, signature)).isFalse();
        assertThat(key.verifies(SignatureKind.PROVE, ByteBuffer.allocate(2), signature)).isFalse();
        assertThat(
                        Identity.generate(new SecureRandom())
                                .key()
                                .verifies(SignatureKind.PROVE, HI, signature))
                .isFalse();
        assertThat(key.verifies(SignatureKind.PROVE, HI, signature.slice(0, 63))).isFalse();
    }

    @Test
    void anyBitOfASignatureCounts() {
        byte[] signature = alice.sign(SignatureKind.ENVELOPE, HI).array();
        for (int bit = 0; bit < 8 * signature.length; bit++) {
            byte[] changed = signature.clone();
            changed[bit / 8] ^= (byte) (1 << bit % 8);
            assertThat(alice.key().verifies(SignatureKind.ENVELOPE, HI, ByteBuffer.wrap(changed)))
                    .as("bit " + bit)
                    .isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                // Of order 1, 2, 4 and 8.
                "0100000000000000000000000000000000000000000000000000000000000000",
                "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                "0000000000000000000000000000000000000000000000000000000000000000",
                "0000000000000000000000000000000000000000000000000000000000000080",
                "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
                "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
                "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
                "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
                // Encoded in another way than the canonical one.
                "0100000000000000000000000000000000000000000000000000000000000080",
                "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
                "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                // On no curve.
                "0200000000000000000000000000000000000000000000000000000000000000",
            })
    void whatIsNoGoodPointIsNoKey(String bytes) {
        assertThatThrownBy(() -> IdentityKey.ofAddress("key:" + bytes))
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining("no Ed25519 public key");
        assertThatThrownBy(() -> IdentityKey.requireAddress("key:" + bytes))
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining("no Ed25519 public key");
    }

    @Test
    void anAddressIsLookedAtLessCloselyThanAKey() {
        IdentityKey.requireAddress(Identity.generate(new SecureRandom()).key().address());
        assertThatThrownBy(() -> IdentityKey.requireAddress("key:bob"))
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining("64 hexadecimal digits");
        // The base point and the point of order 2, added: on the curve, of twice the usual order.
        String mixed = "key:95" + "99".repeat(31);
        IdentityKey.requireAddress(mixed);
        assertThatThrownBy(() -> IdentityKey.ofAddress(mixed))
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining("no Ed25519 public key");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "key:", "bob", "key:00", "key:D75A", "KEY:", "key:zz"})
    void whatIsNoAddressIsRefused(String address) {
        assertThatThrownBy(() -> IdentityKey.ofAddress(address))
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining("64 hexadecimal digits");
    }

    @Test
    void anAddressIsInLowerCase() {
        String upper = alice.key().address().substring(4).toUpperCase(Locale.ROOT);
        assertThat(IdentityKey.ofAddress(alice.key().address())).isEqualTo(alice.key());
        assertThatThrownBy(() -> IdentityKey.ofAddress("key:A" + upper.substring(1)))
                .isInstanceOf(ProtocolException.class);
    }

    @Test
    void theSecretIsNotShown() {
        assertThat(alice.toString()).isEqualTo("the identity " + alice.key().address());
    }

    @Test
    void aProofHangsOnAllThatItIsBoundTo() {
        ProofStatement proof = proof("relay", "qight/1", "me");

        assertThat(proof.bytes()).isEqualTo(proof("relay", "qight/1", "me").bytes());
        assertThat(proof.bytes()).isNotEqualTo(proof("relay", "qight/", "1me").bytes());
        assertThat(proof.bytes()).isNotEqualTo(proof("relayq", "ight/1", "me").bytes());
        assertThat(proof.bytes().remaining()).isEqualTo(32 + 32 + 6 + 8 + 3);
    }

    private static ProofStatement proof(String service, String alpn, String clientId) {
        return new ProofStatement(
                ByteBuffer.allocate(32), ByteBuffer.allocate(32), service, alpn, clientId);
    }
}
