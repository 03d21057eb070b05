package io.qight.client;

import io.qight.wire.ErrorCode;

/**
 * A call to the relay failed. The type says who ended it, {@link #code()} what is known of the
 * request, {@link #sentence()} the same for people.
 *
 * <p>One code cuts across the types: {@link ErrorCode#OUTCOME_UNKNOWN} marks a SEND that may have
 * reached the relay and whose answer never came. The envelope is in its mailbox once or not at all;
 * sent again, it may be there twice. So it is after {@link ErrorCode#INTERNAL}. A SEND that failed
 * with any other code stored nothing.
 *
 * <p>A blocking call throws it with the caller's stack trace, the failure as found in the {@link
 * #getCause() cause}; a future completes with it, unwrapped.
 */
public abstract sealed class RelayException extends RuntimeException
        permits BadAnswerException,
                ClientClosedException,
                ConnectFailedException,
                ConnectionLostException,
                RefusedException,
                TimedOutException,
                UntrustedException {
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;

    RelayException(ErrorCode code, String sentence) {
        super(sentence);
        this.code = code;
    }

    /** What is known of the request, as an entry of the error table. */
    public final ErrorCode code() {
        return code;
    }

    /** What happened, for people. */
    public final String sentence() {
        return String.valueOf(getMessage());
    }

    /** Whether the same request, sent again later, may succeed; see {@link ErrorCode}. */
    public final boolean retryable() {
        return code.retryable();
    }

    /** The same failure, seen from the thread that waited for it. */
    final RelayException thrownHere() {
        RelayException here = again();
        here.initCause(this);
        return here;
    }

    abstract RelayException again();
}
