package io.qight.relay.v0;

import io.qight.relay.delivery.Slice;
import io.qight.wire.ErrorCode;
import io.qight.wire.v0.EnvelopeHead;
import io.qight.wire.v0.Request;

/** What can happen to a connection of version 0. Inputs for streams that are gone do nothing. */
sealed interface Input {
    /** The client opened a stream. */
    record Opened(long stream) implements Input {}

    /** The head of the stream's request is here whole. */
    record HeadArrived(long stream, Request request) implements Input {}

    /** The stream's bytes can be no request, or no envelope. */
    record Broken(long stream, ErrorCode code, String sentence) implements Input {}

    /** The bytes asked for by {@link Effect.Reserve} are reserved. */
    record Granted(long stream) implements Input {}

    /** The last byte of the envelope is here, and its layout is right. */
    record EnvelopeArrived(long stream, EnvelopeHead head) implements Input {}

    /** The commit that holds the envelope has returned. */
    record Stored(long stream) implements Input {}

    /** The writer or the dispatcher could not do what was asked. */
    record Refused(long stream, ErrorCode code, String sentence) implements Input {}

    /** The dispatcher has read what {@link Effect.ReadSlice} asked for. */
    record SliceRead(long stream, Slice slice) implements Input {}

    /** The next envelope alone has more bytes than were reserved. */
    record SliceTooLarge(long stream, long bytes) implements Input {}

    /** All that was written to the stream so far has gone to the transport. */
    record Written(long stream) implements Input {}

    /** The client reset the stream, or does not want its answer. */
    record Reset(long stream) implements Input {}

    /** Both directions of the stream are over. */
    record Closed(long stream) implements Input {}

    /** The connection is over; orderly if the client said that it had finished. */
    record Ended(boolean orderly) implements Input {}

    /** The relay is about to close. */
    record Drain() implements Input {}

    /** Time has passed. */
    record Tick() implements Input {}
}
