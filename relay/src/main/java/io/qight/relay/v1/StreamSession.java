package io.qight.relay.v1;

import java.util.List;

/**
 * The rules of one stream: an input and the time go in, effects come out. It holds no socket,
 * thread, clock or store, and belongs to one thread.
 */
interface StreamSession {
    /** What is to be done, in this order, now that this has happened. */
    List<Effect> step(Input input, long nowMillis);

    /** Whether more of the client's frames may be read; asked after each step. */
    boolean reads();

    /** Whether the relay still has something to do for the stream. */
    boolean busy();
}
