package io.qight.client;

import io.qight.wire.ErrorCode;

/**
 * The relay's answer breaks the protocol: a wrong line, too long a line, an envelope that cannot be
 * read, or an answer that ends too early. No part of it is passed off as the whole. The code is
 * {@link ErrorCode#BAD_ANSWER}, or {@link ErrorCode#OUTCOME_UNKNOWN} for a SEND.
 */
public final class BadAnswerException extends RelayException {
    private static final long serialVersionUID = 1L;

    /** The failure with its code and a sentence for people. */
    public BadAnswerException(ErrorCode code, String sentence) {
        super(code, sentence);
    }

    @Override
    BadAnswerException again() {
        return new BadAnswerException(code(), sentence());
    }
}
