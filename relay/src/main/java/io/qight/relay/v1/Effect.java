package io.qight.relay.v1;

import io.qight.identity.IdentityKey;
import io.qight.relay.access.Access;
import io.qight.relay.flow.StreamEnd;
import io.qight.relay.grants.OwnerRule;
import io.qight.relay.outbox.SendEntry;
import io.qight.wire.ErrorCode;
import io.qight.wire.v1.Frame;
import java.util.List;

/** What a session wants done, in the order of the list. */
sealed interface Effect {
    /** Write a frame. */
    record Write(Frame frame) implements Effect {}

    /** Write ERROR behind all that was written, end the stream, and read nothing more of it. */
    record Fail(ErrorCode code, String sentence) implements Effect {}

    /** End the relay's side behind all that was written. */
    record Finish() implements Effect {}

    /** Close the connection; code 0 if nothing is wrong. */
    record CloseConnection(int code, String sentence) implements Effect {}

    /** The client is let in, and may do this: its other streams are read. */
    record LetIn(Access access) implements Effect {}

    /** FETCH streams wait until the client has proved its identity, or the connection is closed. */
    record AwaitProof() implements Effect {}

    /** The client is who it claims to be. */
    record Proved(IdentityKey identity) implements Effect {}

    /** Have the writer keep what an owner lays down, under the client's number for it. */
    record KeepRule(long request, OwnerRule rule) implements Effect {}

    /** Refuse what is new from now on, on all streams. */
    record Refuse() implements Effect {}

    /** Tell who asked for the PING. */
    record TellPong(long opaque) implements Effect {}

    /** Have the writer open the outbox. */
    record OpenOutbox(Frame.Outbox outbox) implements Effect {}

    /** Hand these to the writer, with the reservation for their bytes. */
    record HandSends(List<SendEntry> entries) implements Effect {}

    /** Tell the writer that nothing more comes for the outbox. */
    record CloseOutbox() implements Effect {}

    /** Have the dispatcher take the stream on. */
    record OpenFetch(Frame.Subscribe subscribe) implements Effect {}

    /** Hand these to the dispatcher, with the reservation for their bytes. */
    record HandFetch(List<Frame> frames) implements Effect {}

    /** Tell the dispatcher how the client ended the stream. */
    record EndFetch(StreamEnd how) implements Effect {}

    /** Tell the dispatcher that the client broke the rules, and how. */
    record BreakFetch(ErrorCode code, String sentence) implements Effect {}

    /** Read nothing more of the stream, though it goes on. */
    record StopReading() implements Effect {}

    /** Count a refusal that is told in a receipt. */
    record CountRefusals(ErrorCode code, String sentence, long count) implements Effect {}
}
