package io.qight.wire;

import java.util.Locale;
import java.util.Optional;

/**
 * Every way in which a request can fail, each with its number, a sentence and whether the same
 * request may succeed later. {@code docs/protocol.md} prints this table, and a test compares them.
 *
 * <p>Codes below 100 come from the relay; from 100 on a client finds them by itself. Version 0
 * carries the {@link #token()}, later versions the number. Neither is ever used again for something
 * else.
 */
public enum ErrorCode {
    UNKNOWN_VERB(1, false, "a request begins with HELLO, SEND or FETCH"),
    MALFORMED_REQUEST(2, false, "the request does not follow the protocol"),
    REQUEST_TIMEOUT(3, true, "the request did not arrive in time"),
    ENVELOPE_SIZE(4, false, "an envelope has 1 to 10000000 bytes"),
    MALFORMED_ENVELOPE(5, false, "the envelope's bytes do not follow the layout"),
    INVALID_MAILBOX(
            6, false, "a mailbox name has 1 to 255 bytes of UTF-8 and no control characters"),
    INVALID_TTL(7, false, "the time to live is zero or above the relay's maximum"),
    STORE_FULL(8, true, "the relay's disk has no room for the envelope"),
    MAILBOX_FULL(9, true, "the mailbox holds as much as it may"),
    OUTCOME_UNKNOWN(10, true, "whether the envelope was stored is not known"),
    NOT_SUPPORTED(11, false, "this relay does not support the request"),
    NOT_ALLOWED(12, false, "this relay does not allow the request"),
    TOO_MANY_STREAMS(13, true, "the connection has more requests open than it may"),
    OVERLOADED(14, true, "the relay has more to do than it can hold"),
    DRAINING(15, true, "the relay is shutting down"),
    INTERNAL(16, true, "the relay failed"),
    SLOW_READER(17, true, "the answer was not read in time"),
    UNKNOWN_FRAME(18, false, "a frame of an unknown type that must be understood"),
    MALFORMED_FRAME(19, false, "the frame's bytes do not follow its layout"),
    FRAME_TOO_LARGE(20, false, "the frame is larger than it may be"),
    WRONG_STATE(21, false, "the frame may not stand here"),
    BAD_NUMBER(22, false, "the number goes back, or was never given out"),
    WINDOW_EXCEEDED(23, false, "more is under way than the window allows"),
    TAKEN_OVER(24, false, "a newer stream or receiver took its place"),
    AFTER_REFUSED(25, true, "an earlier envelope for the mailbox was refused"),
    EXPIRED(26, false, "the time to live ended"),
    TOO_MANY_OUTBOXES(27, true, "the relay can remember no more outboxes"),
    TOO_MANY_MAILBOXES(28, false, "the connection has as many mailboxes as it may"),
    MODE_CONFLICT(29, true, "the mailbox has receivers in the other mode"),
    NOT_PROVED(30, false, "the identity was not proved"),
    RATE_LIMITED(31, true, "the sender sends faster than it may"),

    CONNECT_FAILED(100, true, "no relay answered at the address"),
    UNTRUSTED(101, false, "the relay's certificate is not trusted"),
    CONNECTION_LOST(102, true, "the connection to the relay was lost"),
    TIMED_OUT(103, true, "the relay did not answer in time"),
    CLOSED(104, false, "the client is closed"),
    BAD_ANSWER(105, false, "the relay's answer does not follow the protocol"),
    BAD_ADDRESS(106, false, "the relay's address is not of the form host:port");

    private static final int FIRST_OF_CLIENT = 100;

    /** By number, with gaps. */
    private static final ErrorCode[] BY_NUMBER = byNumber();

    private final int number;
    private final boolean retryable;
    private final String sentence;
    private final String token;

    ErrorCode(int number, boolean retryable, String sentence) {
        this.number = number;
        this.retryable = retryable;
        this.sentence = sentence;
        this.token = name().toLowerCase(Locale.ROOT);
    }

    /** The number in the error table. */
    public int number() {
        return number;
    }

    /** Whether the same request, sent again later, may succeed. */
    public boolean retryable() {
        return retryable;
    }

    /** What happened, for people. */
    public String sentence() {
        return sentence;
    }

    /** The name in text: lower case, words joined by {@code _}. */
    public String token() {
        return token;
    }

    /** Whether a relay says it to a client; else the client finds it by itself. */
    public boolean fromRelay() {
        return number < FIRST_OF_CLIENT;
    }

    /** The code that has this {@link #number()}, if there is one. */
    public static Optional<ErrorCode> ofNumber(long number) {
        return number < 0 || number >= BY_NUMBER.length
                ? Optional.empty()
                : Optional.ofNullable(BY_NUMBER[(int) number]);
    }

    /** The code that {@link #token()} gives {@code token}, if there is one. */
    public static Optional<ErrorCode> ofToken(String token) {
        for (ErrorCode code : values()) {
            if (code.token.equals(token)) {
                return Optional.of(code);
            }
        }
        return Optional.empty();
    }

    private static ErrorCode[] byNumber() {
        ErrorCode[] codes = values();
        ErrorCode[] byNumber = new ErrorCode[codes[codes.length - 1].number + 1];
        for (ErrorCode code : codes) {
            byNumber[code.number] = code;
        }
        return byNumber;
    }
}
