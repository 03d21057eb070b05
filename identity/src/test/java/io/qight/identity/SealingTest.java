package io.qight.identity;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import org.bouncycastle.crypto.AsymmetricCipherKeyPair;
import org.bouncycastle.crypto.params.X25519PrivateKeyParameters;
import org.bouncycastle.crypto.params.X25519PublicKeyParameters;
import org.junit.jupiter.api.Test;

/** What is sealed opens for its recipient, with what stood beside it, and else not. */
class SealingTest {
    private static final HexFormat HEX = HexFormat.of();
    private static final ByteBuffer BESIDE = ByteBuffer.wrap("header".getBytes(UTF_8));
    private static final ByteBuffer BODY = ByteBuffer.wrap("body".getBytes(UTF_8));

    private final Identity bob = Identity.generate(new SecureRandom());

    @Test
    void theStandardsExampleIsMet() throws Exception {
        // RFC 9180, appendix A.2.1 and A.2.1.1, sequence number 0.
        AsymmetricCipherKeyPair ephemeral =
                pair("f4ec9b33b792c372c1d2c2063507b684ef925b8c75a42dbcbf57d63ccd381600");
        AsymmetricCipherKeyPair recipient =
                pair("8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb");
        byte[] info = HEX.parseHex("4f6465206f6e2061204772656369616e2055726e");
        ByteBuffer beside = bytes("436f756e742d30");
        ByteBuffer body = bytes("4265617574792069732074727574682c20747275746820626561757479");
        ByteBuffer sealed =
                Sealing.seal(
                        (X25519PublicKeyParameters) recipient.getPublic(),
                        info,
                        beside,
                        body,
                        ephemeral);

        assertThat(sealed)
                .isEqualTo(
                        bytes(
                                "1afa08d3dec047a643885163f1180476"
                                        + "fa7ddb54c6a8029ea33f95796bf2ac4a"
                                        + "1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e13"
                                        + "1f0def8c8b60b4db21993c62ce81883d2dd1b51a28"));
        assertThat(Sealing.open(recipient, info, beside, sealed)).isEqualTo(body);
    }

    @Test
    void bothHalvesOfAKeyHaveOneForm() throws Exception {
        for (int i = 0; i < 100; i++) {
            Identity identity = Identity.generate(new SecureRandom());
            ByteBuffer sealed = Sealing.seal(identity.key(), BESIDE, BODY);

            assertThat(sealed.remaining()).isEqualTo(BODY.remaining() + Sealing.OVERHEAD_BYTES);
            assertThat(Sealing.open(identity, BESIDE, sealed)).isEqualTo(BODY);
        }
    }

    @Test
    void onlyItsRecipientOpensItAndOnlyWithWhatStoodBeside() {
        ByteBuffer sealed = Sealing.seal(bob.key(), BESIDE, BODY);
        Identity eve = Identity.generate(new SecureRandom());

        assertThatThrownBy(() -> Sealing.open(eve, BESIDE, sealed))
                .isInstanceOf(Sealing.NotOpened.class);
        assertThatThrownBy(() -> Sealing.open(bob, BODY, sealed))
                .isInstanceOf(Sealing.NotOpened.class);
        assertThatThrownBy(() -> Sealing.open(bob, BESIDE, sealed.slice(0, 47)))
                .isInstanceOf(Sealing.NotOpened.class);
    }

    @Test
    void anyBitOfItCounts() {
        byte[] sealed = Sealing.seal(bob.key(), BESIDE, BODY).array();
        for (int bit = 0; bit < 8 * sealed.length; bit++) {
            byte[] changed = sealed.clone();
            changed[bit / 8] ^= (byte) (1 << bit % 8);
            assertThatThrownBy(() -> Sealing.open(bob, BESIDE, ByteBuffer.wrap(changed)))
                    .as("bit " + bit)
                    .isInstanceOf(Sealing.NotOpened.class);
        }
    }

    @Test
    void anEncapsulatedPointOfSmallOrderIsRefused() {
        byte[] sealed = Sealing.seal(bob.key(), BESIDE, BODY).array();
        for (String point : new String[] {"00", "01"}) {
            byte[] changed = sealed.clone();
            Arrays.fill(changed, 0, 32, (byte) 0);
            changed[0] = HEX.parseHex(point)[0];
            assertThatThrownBy(() -> Sealing.open(bob, BESIDE, ByteBuffer.wrap(changed)))
                    .isInstanceOf(Sealing.NotOpened.class);
        }
    }

    private static AsymmetricCipherKeyPair pair(String secret) {
        X25519PrivateKeyParameters key = new X25519PrivateKeyParameters(HEX.parseHex(secret), 0);
        return new AsymmetricCipherKeyPair(key.generatePublicKey(), key);
    }

    private static ByteBuffer bytes(String hex) {
        return ByteBuffer.wrap(HEX.parseHex(hex));
    }
}
