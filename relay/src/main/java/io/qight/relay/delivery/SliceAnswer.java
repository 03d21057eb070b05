package io.qight.relay.delivery;

/** What became of a read for a FETCH of version 0. */
public sealed interface SliceAnswer {
    /** Something was read, or the end was reached. */
    record Read(Slice slice) implements SliceAnswer {}

    /** Nothing was read: the next envelope alone has more bytes than there was room for. */
    record TooLarge(long bytes) implements SliceAnswer {}

    /** Nothing of what was read can be delivered, and more follows: others first, then again. */
    record NothingYet() implements SliceAnswer {}

    /** There is no such FETCH any more. */
    record Over() implements SliceAnswer {}
}
