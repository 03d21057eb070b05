package io.qight.identity;

import io.qight.wire.ErrorCode;
import io.qight.wire.ProtocolException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The public keys that were met last, by their addresses. To check that an address is a key takes
 * as long as to verify a signature, and a program mostly meets the same few. It holds at most
 * {@link #MAX}, about 350 bytes each; the one that was met longest ago is forgotten first.
 *
 * <p>How long an answer takes tells who was met lately: this is for clients, not for relays.
 * Thread-safe.
 */
final class KnownKeys {
    /** How many are held. */
    static final int MAX = 256;

    private final Map<String, IdentityKey> keys = new LinkedHashMap<>(16, 0.75f, true);

    /**
     * The key of an address.
     *
     * @throws ProtocolException {@link ErrorCode#INVALID_MAILBOX} if it is none
     */
    IdentityKey ofAddress(String address) {
        IdentityKey known = known(address);
        return known != null ? known : add(address, IdentityKey.ofAddress(address));
    }

    private synchronized @Nullable IdentityKey known(String address) {
        return keys.get(address);
    }

    private synchronized IdentityKey add(String address, IdentityKey key) {
        keys.put(address, key);
        if (keys.size() > MAX) {
            Iterator<String> longestAgo = keys.keySet().iterator();
            longestAgo.next();
            longestAgo.remove();
        }
        return key;
    }
}
