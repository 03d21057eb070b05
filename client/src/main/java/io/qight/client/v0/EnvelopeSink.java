package io.qight.client.v0;

import io.qight.wire.MessageEnvelope;

/** Where fetched envelopes go. Called on the connection's event loop, so it never blocks. */
@FunctionalInterface
public interface EnvelopeSink {
    /** Takes the next envelope, in the order of the answer. */
    void accept(MessageEnvelope envelope);

    /**
     * Whether more may come now. If not, reading stops until {@code resume} has run, which may be
     * on any thread.
     */
    default boolean hasRoom(Runnable resume) {
        return true;
    }
}
