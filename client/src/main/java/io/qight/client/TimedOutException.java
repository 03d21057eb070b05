package io.qight.client;

import io.qight.wire.ErrorCode;

/**
 * The answer did not come within {@link ClientConfig#requestTimeout()}. The code is {@link
 * ErrorCode#TIMED_OUT}, or {@link ErrorCode#OUTCOME_UNKNOWN} for a SEND that was under way.
 */
public final class TimedOutException extends RelayException {
    private static final long serialVersionUID = 1L;

    /** The failure with its code and a sentence for people. */
    public TimedOutException(ErrorCode code, String sentence) {
        super(code, sentence);
    }

    @Override
    TimedOutException again() {
        return new TimedOutException(code(), sentence());
    }
}
