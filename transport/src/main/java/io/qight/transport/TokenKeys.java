package io.qight.transport;

import java.security.SecureRandom;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/**
 * The keys of a server's Retry tokens, the same on all its event loops: random, and replaced often.
 * Thread-safe.
 */
final class TokenKeys {
    /** How long a key makes tokens; it tells its own for as long again. */
    static final long PERIOD_SECONDS = 60;

    /** What the keys are for. */
    static final String MAC = "HmacSHA256";

    private static final int KEY_BYTES = 32;

    /** The key that makes tokens, and the one before it. */
    record Pair(SecretKey current, SecretKey previous) {}

    private final SecureRandom random = new SecureRandom();
    private volatile Pair pair = new Pair(key(), key());

    Pair pair() {
        return pair;
    }

    /** A new key makes tokens; the one that did so far still tells its own, older ones do not. */
    void rotate() {
        pair = new Pair(key(), pair.current());
    }

    private SecretKey key() {
        byte[] key = new byte[KEY_BYTES];
        random.nextBytes(key);
        return new SecretKeySpec(key, MAC);
    }
}
