package io.qight.relay.delivery;

import io.qight.wire.ErrorCode;
import io.qight.wire.v1.Frame;

/** What can happen to a FETCH stream. */
public sealed interface FetchInput {
    /** The client wrote a frame that belongs on a FETCH stream. */
    record Arrived(Frame frame) implements FetchInput {}

    /** The transport has everything up to this delivery (0: it is not known), and there is room. */
    record Taken(long lastDelivery) implements FetchInput {}

    /** The client has answered {@link Outlet#probe}. */
    record Alive() implements FetchInput {}

    /** The client broke the rules behind the frames that arrived; nothing more is read. */
    record Broken(ErrorCode code, String sentence) implements FetchInput {}

    /** The client ended the stream in order. */
    record Ended() implements FetchInput {}

    /** The stream or its connection is gone, with whatever reason, without an order. */
    record Lost() implements FetchInput {}
}
