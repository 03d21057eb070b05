package io.qight.transport;

import java.util.concurrent.atomic.AtomicInteger;

/** How many handshakes a server has open, on all its event loops. Thread-safe. */
final class Handshakes {
    private final AtomicInteger open = new AtomicInteger();

    int open() {
        return open.get();
    }

    void begin() {
        open.incrementAndGet();
    }

    void end() {
        open.decrementAndGet();
    }
}
