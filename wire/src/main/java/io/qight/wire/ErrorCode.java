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

    CONNECT_FAILED(100, true, "no relay answered at the address"),
    UNTRUSTED(101, false, "the relay's certificate is not trusted"),
    CONNECTION_LOST(102, true, "the connection to the relay was lost"),
    TIMED_OUT(103, true, "the relay did not answer in time"),
    CLOSED(104, false, "the client is closed"),
    BAD_ANSWER(105, false, "the relay's answer does not follow the protocol");

    private static final int FIRST_OF_CLIENT = 100;

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

    /** The code that {@link #token()} gives {@code token}, if there is one. */
    public static Optional<ErrorCode> ofToken(String token) {
        for (ErrorCode code : values()) {
            if (code.token.equals(token)) {
                return Optional.of(code);
            }
        }
        return Optional.empty();
    }
}
