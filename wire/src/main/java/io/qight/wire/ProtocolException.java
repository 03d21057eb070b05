package io.qight.wire;

/**
 * The peer's bytes break the protocol, or ask for what is not allowed. The stream ends with the
 * code; the connection and everything else goes on.
 */
public final class ProtocolException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;
    private final String sentence;

    /** The code with its own sentence. */
    public ProtocolException(ErrorCode code) {
        this(code, code.sentence());
    }

    /** The code with a sentence that says what exactly was wrong; without a line feed. */
    public ProtocolException(ErrorCode code, String sentence) {
        // No stack trace: it is thrown for every bad request, and it is the peer's fault.
        super(sentence, null, false, false);
        this.code = code;
        this.sentence = sentence;
    }

    /** What was wrong, as a number of the error table. */
    public ErrorCode code() {
        return code;
    }

    /** What was wrong, for people; the same as the message, but never null. */
    public String sentence() {
        return sentence;
    }
}
