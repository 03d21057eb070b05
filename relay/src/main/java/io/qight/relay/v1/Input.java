package io.qight.relay.v1;

import io.qight.relay.flow.StreamEnd;
import io.qight.relay.outbox.ReceiptRun;
import io.qight.relay.outbox.SendEntry;
import io.qight.wire.ErrorCode;
import io.qight.wire.v1.Frame;
import java.util.List;
import java.util.Optional;

/** What can happen to a stream of version 1. */
sealed interface Input {
    /** These frames have come, in this order, and may stand on this kind of stream. */
    record Frames(List<Frame> frames) implements Input {
        /** Copies the list. */
        public Frames {
            frames = List.copyOf(frames);
        }
    }

    /** What has come breaks the rules of frames, or came too late; nothing more is read. */
    record Broken(ErrorCode code, String sentence) implements Input {}

    /** The client has ended its side, between two frames. */
    record Finished() implements Input {}

    /** The stream is gone: reset, refused, or lost with its connection. */
    record Gone(StreamEnd how) implements Input {}

    /** What became of the next SENDs; so many groups of frames have been carried out. */
    record Receipts(int groups, List<ReceiptRun> runs) implements Input {}

    /** The writer or the dispatcher has carried out all that came, and ends the stream. */
    record Ended(ErrorCode code, String sentence) implements Input {}

    /** What became of what the client, as an owner, laid down under that number. */
    record RuleKept(long request, Optional<SendEntry.Refusal> refusal) implements Input {}

    /** The dispatcher has carried out the frames that it was given. */
    record Handled() implements Input {}

    /** The dispatcher has nothing more to write. */
    record Completed() implements Input {}

    /** What the client was let in by holds no more. */
    record AccessEnded() implements Input {}

    /** The relay is about to close. */
    record Drain() implements Input {}

    /** Ask the client for a PONG. */
    record Ping(long opaque) implements Input {}

    /** Time has passed. */
    record Tick() implements Input {}
}
