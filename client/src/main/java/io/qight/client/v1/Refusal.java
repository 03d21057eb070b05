package io.qight.client.v1;

import io.qight.client.RefusedException;
import io.qight.wire.ErrorCode;

/** What the relay does not do, and why. */
record Refusal(ErrorCode code, String sentence) {
    /** By the number on the wire; one that this client does not know is {@code not_allowed}. */
    static Refusal of(long number, String sentence) {
        return ErrorCode.ofNumber(number)
                .filter(ErrorCode::fromRelay)
                .map(code -> new Refusal(code, sentence.isEmpty() ? code.sentence() : sentence))
                .orElseGet(() ->
                        new Refusal(ErrorCode.NOT_ALLOWED, sentence + " (code " + number + ")"));
    }

    RefusedException exception() {
        return new RefusedException(code, sentence);
    }
}
