package io.qight.client;

import io.qight.wire.ErrorCode;

/**
 * The relay's certificate is not the one trusted, or nothing was named that could be trusted.
 * Nothing was sent. The code is {@link ErrorCode#UNTRUSTED}.
 */
public final class UntrustedException extends RelayException {
    private static final long serialVersionUID = 1L;

    /** The failure with its code and a sentence for people. */
    public UntrustedException(ErrorCode code, String sentence) {
        super(code, sentence);
    }

    @Override
    UntrustedException again() {
        return new UntrustedException(code(), sentence());
    }
}
