package io.qight.identity;

import java.nio.ByteBuffer;
import java.security.SecureRandom;
import org.bouncycastle.crypto.AsymmetricCipherKeyPair;
import org.bouncycastle.math.ec.rfc8032.Ed25519;

/**
 * An Ed25519 key pair (RFC 8032): who holds it is this identity. Its secret is never shown: not by
 * {@link #toString}, and in no exception.
 *
 * <p>Immutable, and safe in any thread.
 */
public final class Identity {
    /** The size of the secret, in bytes. */
    static final int SEED_BYTES = Ed25519.SECRET_KEY_SIZE;

    private final byte[] seed;
    private final byte[] publicKey;
    private final IdentityKey key;
    private final AsymmetricCipherKeyPair opening;

    private Identity(byte[] seed) {
        this.seed = seed;
        this.publicKey = new byte[Ed25519.PUBLIC_KEY_SIZE];
        Ed25519.generatePublicKey(seed, 0, publicKey, 0);
        this.key = IdentityKey.of(ByteBuffer.wrap(publicKey));
        this.opening = Sealing.keyPair(seed);
    }

    /** A new one. */
    public static Identity generate(SecureRandom random) {
        byte[] seed = new byte[SEED_BYTES];
        random.nextBytes(seed);
        return new Identity(seed);
    }

    /** The one with this secret of 32 bytes, which is copied. */
    static Identity ofSeed(byte[] seed) {
        if (seed.length != SEED_BYTES) {
            throw new IllegalArgumentException("the secret of an identity has 32 bytes");
        }
        return new Identity(seed.clone());
    }

    /** Its public key. */
    public IdentityKey key() {
        return key;
    }

    /** Signs a statement as what it is. */
    public ByteBuffer sign(SignatureKind kind, ByteBuffer statement) {
        byte[] message = IdentityKey.message(kind, statement);
        byte[] signature = new byte[IdentityKey.SIGNATURE_BYTES];
        // With the public key at hand it takes half the time.
        Ed25519.sign(seed, 0, publicKey, 0, message, 0, message.length, signature, 0);
        return ByteBuffer.wrap(signature);
    }

    /** Its X25519 form, which opens what is sealed for it. */
    AsymmetricCipherKeyPair opening() {
        return opening;
    }

    /** The secret; for its file. */
    byte[] seed() {
        return seed.clone();
    }

    @Override
    public String toString() {
        return "the identity " + key;
    }
}
