package io.qight.relay.access;

import io.qight.wire.ErrorCode;

/** What a policy says of a peer. */
public sealed interface Admission {
    /** It is let in, and may do this. */
    record Granted(Access access) implements Admission {}

    /**
     * It is not let in, whatever other policies say.
     *
     * @param sentence what the peer is told beside the code; it must not help who guesses
     */
    record Refused(ErrorCode code, String sentence) implements Admission {
        /** With {@link ErrorCode#NOT_ALLOWED}. */
        public Refused(String sentence) {
            this(ErrorCode.NOT_ALLOWED, sentence);
        }
    }

    /** The policy does not know it; it is not let in unless another policy does. */
    record Stranger() implements Admission {}
}
