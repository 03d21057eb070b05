package io.qight.transport;

import io.netty.handler.codec.quic.QuicSslSessionContext;
import io.netty.handler.codec.quic.SslSessionTicketKey;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;

/**
 * The keys of a server's session tickets: random, so that a ticket of an earlier run opens nothing,
 * and forgotten soon, which is the only way to end a ticket's life: the QUIC library would let it
 * live for two days. Thread-safe.
 */
final class TicketKeys {
    /** How long a key makes tickets. It opens them for as long again: so they live 5 to 10 min. */
    static final long PERIOD_MINUTES = 5;

    private final SecureRandom random = new SecureRandom();
    private QuicSslSessionContext sessions;

    /** Those that open tickets, the newest first, which alone makes them. */
    private List<SslSessionTicketKey> keys = List.of();

    /** How many of them have made tickets since the last rotation. */
    private int usedKeys;

    TicketKeys(QuicSslSessionContext sessions) {
        this.sessions = sessions;
        rotate();
    }

    /**
     * A new key makes the tickets; those that did since the last time still open their own, older
     * ones do not.
     */
    synchronized void rotate() {
        keys = keys.subList(0, usedKeys);
        usedKeys = 0;
        addKey();
        set();
    }

    /** The keys are for these sessions from now on, and a new one makes the tickets if so said. */
    synchronized void move(QuicSslSessionContext next, boolean withNewKey) {
        sessions = next;
        if (withNewKey) {
            addKey();
        }
        set();
    }

    /** The keys are for these sessions from now on, and no ticket made before opens. */
    synchronized void restart(QuicSslSessionContext next) {
        sessions = next;
        keys = List.of();
        usedKeys = 0;
        addKey();
        set();
    }

    private void addKey() {
        List<SslSessionTicketKey> more = new ArrayList<>();
        more.add(
                new SslSessionTicketKey(
                        bytes(SslSessionTicketKey.NAME_SIZE),
                        bytes(SslSessionTicketKey.HMAC_KEY_SIZE),
                        bytes(SslSessionTicketKey.AES_KEY_SIZE)));
        more.addAll(keys);
        keys = more;
        usedKeys++;
    }

    private void set() {
        sessions.setTicketKeys(keys.toArray(SslSessionTicketKey[]::new));
    }

    private byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }
}
