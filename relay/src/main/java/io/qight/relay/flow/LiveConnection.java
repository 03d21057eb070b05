package io.qight.relay.flow;

import io.qight.transport.ConnectionListener;

/** A connection as the relay sees it, whatever its protocol. */
public interface LiveConnection extends ConnectionListener {
    /**
     * Refuses new requests, finishes those under way, closes the connection then. Any thread may
     * call it.
     */
    void drain();

    /**
     * Closes the connection if what its client was let in by holds no more. Any thread may call it.
     */
    void checkAccess();
}
