package io.qight.relay.flow;

/** How a client ended a stream. */
public enum StreamEnd {
    /** In order: its side ended between two frames, and all of them were handed on. */
    FINISHED,
    /** It reset the stream, or wants nothing more of it. */
    RESET,
    /** The connection is gone. */
    LOST
}
