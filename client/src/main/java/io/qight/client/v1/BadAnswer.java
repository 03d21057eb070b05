package io.qight.client.v1;

import io.qight.wire.ErrorCode;
import io.qight.wire.ProtocolException;

/** The relay breaks the rules. */
final class BadAnswer {
    private BadAnswer() {}

    static ProtocolException because(String sentence) {
        return new ProtocolException(ErrorCode.BAD_ANSWER, sentence);
    }

    static void unless(boolean holds, String otherwise) {
        if (!holds) {
            throw because(otherwise);
        }
    }
}
