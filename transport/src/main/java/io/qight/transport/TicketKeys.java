package io.qight.transport;

import io.netty.handler.codec.quic.QuicSslSessionContext;
import io.netty.handler.codec.quic.SslSessionTicketKey;
import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/**
 * The keys of a server's session tickets: random, so that a ticket of an earlier run opens nothing,
 * and forgotten soon, which is the only way to end a ticket's life: the QUIC library would let it
 * live for two days. Thread-safe.
 */
final class TicketKeys {
    /** How long a key makes tickets. It opens them for as long again: so they live 5 to 10 min. */
    static final long PERIOD_MINUTES = 5;

    private final SecureRandom random = new SecureRandom();
    private final QuicSslSessionContext sessions;
    private @Nullable SslSessionTicketKey current;

    TicketKeys(QuicSslSessionContext sessions) {
        this.sessions = sessions;
        rotate();
    }

    /** A new key makes the tickets; the one that did so far still opens its own, older ones not. */
    synchronized void rotate() {
        SslSessionTicketKey next =
                new SslSessionTicketKey(
                        bytes(SslSessionTicketKey.NAME_SIZE),
                        bytes(SslSessionTicketKey.HMAC_KEY_SIZE),
                        bytes(SslSessionTicketKey.AES_KEY_SIZE));
        if (current == null) {
            sessions.setTicketKeys(next);
        } else {
            sessions.setTicketKeys(next, current);
        }
        current = next;
    }

    private byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }
}
