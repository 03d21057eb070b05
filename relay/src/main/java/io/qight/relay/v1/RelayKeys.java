package io.qight.relay.v1;

import io.qight.relay.flow.RelayClock;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Which of the relay's keys a client may have seen: that of its certificate, and those that it had
 * within the life of a session ticket. Thread-safe.
 */
public final class RelayKeys {
    /** For so long a key counts that was replaced: a ticket's life, and the time for a proof. */
    public static final long RETIRED_MILLIS = 660_000;

    private record Retired(ByteBuffer hash, long untilMillis) {}

    private final RelayClock clock;
    private final List<Retired> retired = new ArrayList<>();
    private ByteBuffer current;

    /** With the first one: SHA-256 of the SubjectPublicKeyInfo of the relay's certificate. */
    public RelayKeys(ByteBuffer current, RelayClock clock) {
        this.current = current;
        this.clock = clock;
    }

    /** The certificate has this key from now on. */
    public synchronized void renew(ByteBuffer next) {
        if (!next.equals(current)) {
            retired.add(new Retired(current, clock.millis() + RETIRED_MILLIS));
            current = next;
        }
    }

    /** Those that count now. */
    public synchronized List<ByteBuffer> accepted() {
        long now = clock.millis();
        retired.removeIf(key -> key.untilMillis() <= now);
        List<ByteBuffer> hashes = new ArrayList<>();
        hashes.add(current);
        retired.forEach(key -> hashes.add(key.hash()));
        return hashes;
    }
}
