package io.qight.relay.v0;

import io.qight.wire.ErrorCode;
import java.nio.ByteBuffer;
import java.util.List;

/** What a session wants done, in the order of the list. */
sealed interface Effect {
    /** Reserve so many bytes of the budget for the stream; until then nothing of it is read. */
    record Reserve(long stream, long bytes) implements Effect {}

    /** Give back what the stream has reserved, or waits for. */
    record Release(long stream) implements Effect {}

    /** Read the envelope; its bytes are reserved. */
    record ReadEnvelope(long stream, int bytes) implements Effect {}

    /** Hand the envelope, and the reservation for it, to the writer. */
    record Store(long stream, String mailbox, long acceptedMillis, long deadlineMillis)
            implements Effect {}

    /** Begin to read a mailbox for the stream: what waits there now, and nothing later. */
    record StartFetch(long stream, String mailbox) implements Effect {}

    /**
     * Have the dispatcher read on, within the stream's reservation, which goes with the request.
     */
    record ReadSlice(long stream) implements Effect {}

    /** Write the envelopes, each behind its length, and then the end of the answer if it is so. */
    record Write(long stream, List<ByteBuffer> envelopes, boolean end) implements Effect {}

    /** Write the only or last line of the answer. */
    record Finish(long stream, Line line) implements Effect {}

    /** One envelope of the stream's lease was not written: its time is over. */
    record LeaveOut(long stream, long sequence) implements Effect {}

    /** The client has what the stream's answer carried. */
    record Acknowledge(long stream) implements Effect {}

    /** The client may not have what the stream's answer carried. */
    record GiveBack(long stream) implements Effect {}

    /** Reset the stream in both directions. */
    record Abort(long stream, ErrorCode code) implements Effect {}

    /** End the stream in both directions: the client has given it up. */
    record Close(long stream) implements Effect {}

    /** The answer was given and the client still has not finished its side: stop reading it. */
    record StopReading(long stream) implements Effect {}

    /** Close the connection: the relay is shutting down and nothing is under way. */
    record CloseConnection() implements Effect {}

    /** A line that ends an answer. */
    sealed interface Line {
        /** To HELLO. */
        record Welcome() implements Line {}

        /** To SEND, once stored. */
        record Ok() implements Line {}

        /** To anything. */
        record Refusal(ErrorCode code, String sentence) implements Line {}
    }
}
