package io.qight.client;

import io.qight.wire.ErrorCode;

/**
 * The request was refused; it changed nothing, unless the code is {@link ErrorCode#INTERNAL} or
 * {@link ErrorCode#OUTCOME_UNKNOWN}. The relay did so with a code of its own, or the client did
 * before sending: a name or an envelope that no relay takes, or {@link ErrorCode#OVERLOADED} when
 * more waits here than {@link ClientConfig} allows.
 */
public final class RefusedException extends RelayException {
    private static final long serialVersionUID = 1L;

    /** The failure with its code and a sentence for people. */
    public RefusedException(ErrorCode code, String sentence) {
        super(code, sentence);
    }

    @Override
    RefusedException again() {
        return new RefusedException(code(), sentence());
    }
}
