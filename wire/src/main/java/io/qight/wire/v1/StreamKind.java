package io.qight.wire.v1;

/** What a stream is for, as its first frame says. */
public enum StreamKind {
    CONTROL,
    SEND,
    FETCH
}
