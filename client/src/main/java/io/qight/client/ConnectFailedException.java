package io.qight.client;

import io.qight.wire.ErrorCode;

/**
 * No connection came about: nobody answered at the address in time ({@link
 * ErrorCode#CONNECT_FAILED}), the address cannot be read ({@link ErrorCode#BAD_ADDRESS}), or this
 * machine lacks what QUIC needs ({@link ErrorCode#NOT_SUPPORTED}).
 */
public final class ConnectFailedException extends RelayException {
    private static final long serialVersionUID = 1L;

    /** The failure with its code and a sentence for people. */
    public ConnectFailedException(ErrorCode code, String sentence) {
        super(code, sentence);
    }

    @Override
    ConnectFailedException again() {
        return new ConnectFailedException(code(), sentence());
    }
}
