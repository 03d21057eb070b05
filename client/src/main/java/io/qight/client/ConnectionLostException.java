package io.qight.client;

import io.qight.wire.ErrorCode;

/**
 * The connection ended before the answer: the relay closed it, fell silent, or a FETCH had to be
 * given up with it. The code is {@link ErrorCode#CONNECTION_LOST}, or {@link
 * ErrorCode#OUTCOME_UNKNOWN} for a SEND that was under way. The client stays without a connection:
 * make a new one.
 */
public final class ConnectionLostException extends RelayException {
    private static final long serialVersionUID = 1L;

    /** The failure with its code and a sentence for people. */
    public ConnectionLostException(ErrorCode code, String sentence) {
        super(code, sentence);
    }

    @Override
    ConnectionLostException again() {
        return new ConnectionLostException(code(), sentence());
    }
}
