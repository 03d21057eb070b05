package io.qight.client;

import io.qight.wire.ErrorCode;

/**
 * The client was closed before or during the call. The code is {@link ErrorCode#CLOSED}, or {@link
 * ErrorCode#OUTCOME_UNKNOWN} for a SEND that was under way.
 */
public final class ClientClosedException extends RelayException {
    private static final long serialVersionUID = 1L;

    /** The failure with its code and a sentence for people. */
    public ClientClosedException(ErrorCode code, String sentence) {
        super(code, sentence);
    }

    @Override
    ClientClosedException again() {
        return new ClientClosedException(code(), sentence());
    }
}
