package io.qight.identity;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import org.bouncycastle.crypto.AsymmetricCipherKeyPair;
import org.bouncycastle.crypto.InvalidCipherTextException;
import org.bouncycastle.crypto.hpke.HPKE;
import org.bouncycastle.crypto.hpke.HPKEContextWithEncapsulation;
import org.bouncycastle.crypto.params.X25519PrivateKeyParameters;
import org.bouncycastle.crypto.params.X25519PublicKeyParameters;

/**
 * Sealing for the holder of a key: HPKE (RFC 9180) in base mode with DHKEM(X25519, HKDF-SHA256),
 * HKDF-SHA256 and ChaCha20-Poly1305, to the X25519 form (RFC 7748, section 4.1) of the Ed25519 key.
 * It says nothing of who sealed, and has no forward secrecy: who gets hold of the key later opens
 * what was sealed for it before.
 */
public final class Sealing {
    /** How much longer than what is in it a sealed body is, in bytes. */
    public static final int OVERHEAD_BYTES = 32 + 16;

    private static final int ENCAPSULATED_BYTES = 32;
    private static final byte[] INFO = "qight/1 seal".getBytes(US_ASCII);
    private static final BigInteger P = BigInteger.TWO.pow(255).subtract(BigInteger.valueOf(19));

    private Sealing() {}

    /**
     * What was sealed for somebody else, or not as it is now, or not with these words beside it.
     */
    public static final class NotOpened extends Exception {
        private static final long serialVersionUID = 1L;

        NotOpened() {
            super("this was not sealed for this key, or was changed since");
        }
    }

    /** Seals a body; {@code beside} stays readable, and the body opens with the same alone. */
    public static ByteBuffer seal(IdentityKey recipient, ByteBuffer beside, ByteBuffer body) {
        return seal(recipient, beside, body, hpke().generatePrivateKey());
    }

    /** The same with an ephemeral key pair that is given. */
    static ByteBuffer seal(
            IdentityKey recipient,
            ByteBuffer beside,
            ByteBuffer body,
            AsymmetricCipherKeyPair ephemeral) {
        return seal(recipient.sealing(), INFO, beside, body, ephemeral);
    }

    /** The same with all that it hangs on. */
    static ByteBuffer seal(
            X25519PublicKeyParameters recipient,
            byte[] info,
            ByteBuffer beside,
            ByteBuffer body,
            AsymmetricCipherKeyPair ephemeral) {
        try {
            HPKEContextWithEncapsulation context = hpke().setupBaseS(recipient, info, ephemeral);
            byte[] ciphertext = context.seal(bytes(beside), bytes(body));
            return ByteBuffer.allocate(ENCAPSULATED_BYTES + ciphertext.length)
                    .put(context.getEncapsulation())
                    .put(ciphertext)
                    .flip();
        } catch (InvalidCipherTextException e) {
            throw new IllegalStateException("the cipher cannot encrypt", e);
        }
    }

    /**
     * What was sealed for this identity.
     *
     * @throws NotOpened if it was not, or it or {@code beside} is not as it was
     */
    public static ByteBuffer open(Identity recipient, ByteBuffer beside, ByteBuffer sealed)
            throws NotOpened {
        return open(recipient.opening(), INFO, beside, sealed);
    }

    static ByteBuffer open(
            AsymmetricCipherKeyPair recipient, byte[] info, ByteBuffer beside, ByteBuffer sealed)
            throws NotOpened {
        if (sealed.remaining() < OVERHEAD_BYTES) {
            throw new NotOpened();
        }
        byte[] all = bytes(sealed);
        byte[] encapsulated = Arrays.copyOf(all, ENCAPSULATED_BYTES);
        byte[] ciphertext = Arrays.copyOfRange(all, ENCAPSULATED_BYTES, all.length);
        try {
            return ByteBuffer.wrap(
                    hpke().setupBaseR(encapsulated, recipient, info)
                            .open(bytes(beside), ciphertext));
        } catch (InvalidCipherTextException | IllegalStateException | IllegalArgumentException e) {
            // Without what the library says: it may tell parts of a secret.
            throw new NotOpened();
        }
    }

    private static HPKE hpke() {
        return new HPKE(
                HPKE.mode_base,
                HPKE.kem_X25519_SHA256,
                HPKE.kdf_HKDF_SHA256,
                HPKE.aead_CHACHA20_POLY1305);
    }

    /** RFC 7748's birational map: u = (1 + y) / (1 - y); no key has y = 1. */
    static X25519PublicKeyParameters publicKey(IdentityKey key) {
        byte[] bytes = bytes(key.bytes());
        bytes[bytes.length - 1] &= 0x7f;
        BigInteger y = new BigInteger(1, reversed(bytes));
        BigInteger u =
                BigInteger.ONE.add(y).multiply(BigInteger.ONE.subtract(y).modInverse(P)).mod(P);
        byte[] big = u.toByteArray();
        byte[] little = new byte[IdentityKey.BYTES];
        for (int i = 0; i < Math.min(big.length, little.length); i++) {
            little[i] = big[big.length - 1 - i];
        }
        return new X25519PublicKeyParameters(little, 0);
    }

    /** RFC 8032's secret scalar is an X25519 secret as it is: both clamp the same bits. */
    static AsymmetricCipherKeyPair keyPair(byte[] seed) {
        byte[] scalar = Arrays.copyOf(sha512(seed), IdentityKey.BYTES);
        X25519PrivateKeyParameters secret = new X25519PrivateKeyParameters(scalar, 0);
        return new AsymmetricCipherKeyPair(secret.generatePublicKey(), secret);
    }

    private static byte[] sha512(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-512").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-512", e);
        }
    }

    private static byte[] reversed(byte[] bytes) {
        byte[] reversed = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            reversed[i] = bytes[bytes.length - 1 - i];
        }
        return reversed;
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }
}
