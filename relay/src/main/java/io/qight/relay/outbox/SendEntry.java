package io.qight.relay.outbox;

import io.qight.identity.Grant;
import io.qight.identity.IdentityKey;
import io.qight.wire.ErrorCode;
import io.qight.wire.v1.Ranges;
import java.nio.ByteBuffer;
import java.util.Optional;

/** What a SEND stream brings, in its order. */
public sealed interface SendEntry {
    /**
     * One envelope under its number.
     *
     * @param number 1 or more
     * @param mailbox where it goes; empty if that could not be read
     * @param bytes the envelope
     * @param acceptedMillis when the frame was complete
     * @param deadlineMillis when its time to live ends
     * @param refusal why it cannot be stored, whatever else there is to say
     */
    record Send(
            long number,
            String mailbox,
            ByteBuffer bytes,
            long acceptedMillis,
            long deadlineMillis,
            Optional<Refusal> refusal)
            implements SendEntry {}

    /** Numbers that the client will not send (again). */
    record GiveUp(Ranges numbers) implements SendEntry {}

    /** Whom the client has proved to be, before what follows. */
    record Proved(IdentityKey identity) implements SendEntry {}

    /** A grant whose key the client has proved to hold, for what follows. */
    record UseGrant(Grant grant) implements SendEntry {}

    /**
     * Why an envelope is refused.
     *
     * @param afterMillis when to try again, where that is known
     */
    record Refusal(ErrorCode code, String sentence, long afterMillis) {
        /** To be tried again when the client thinks fit, if at all. */
        public Refusal(ErrorCode code, String sentence) {
            this(code, sentence, 0);
        }

        /** With the code's own sentence. */
        public Refusal(ErrorCode code) {
            this(code, code.sentence());
        }
    }
}
