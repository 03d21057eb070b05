package io.qight.client.v0;

import io.qight.client.BadAnswerException;
import io.qight.client.ClientClosedException;
import io.qight.client.ConnectionLostException;
import io.qight.client.RefusedException;
import io.qight.client.TimedOutException;
import io.qight.wire.ErrorCode;
import java.util.concurrent.CancellationException;
import java.util.function.BiFunction;

/**
 * Why a request, or all of a connection's, come to nothing; each request gets its own exception.
 */
record Failure(
        BiFunction<ErrorCode, String, RuntimeException> type, ErrorCode code, String sentence) {
    private static final String UNKNOWN =
            ": the envelope may have been stored or not, and sent again it may be there twice";

    static Failure refused(ErrorCode code, String sentence) {
        return new Failure(RefusedException::new, code, sentence);
    }

    static Failure badAnswer(String sentence) {
        return new Failure(BadAnswerException::new, ErrorCode.BAD_ANSWER, sentence);
    }

    static Failure timedOut(String sentence) {
        return new Failure(TimedOutException::new, ErrorCode.TIMED_OUT, sentence);
    }

    static Failure lost(String sentence) {
        return new Failure(ConnectionLostException::new, ErrorCode.CONNECTION_LOST, sentence);
    }

    static Failure closed() {
        return new Failure(
                ClientClosedException::new, ErrorCode.CLOSED, ErrorCode.CLOSED.sentence());
    }

    static Failure cancelled() {
        return new Failure(
                (code, sentence) -> new CancellationException(sentence),
                ErrorCode.CLOSED,
                "the request was cancelled");
    }

    /** Whether the relay itself said so. */
    boolean refusal() {
        return code.fromRelay();
    }

    RuntimeException exception() {
        return type.apply(code, sentence);
    }

    /** For a SEND that may have reached the relay. */
    RuntimeException outcomeUnknown() {
        return type.apply(ErrorCode.OUTCOME_UNKNOWN, sentence + UNKNOWN);
    }
}
