package io.qight.identity;

import java.nio.charset.StandardCharsets;

/**
 * What a signature is for. The words stand before what is signed, with a zero byte behind them, so
 * that a signature of one kind is never valid as another.
 */
public enum SignatureKind {
    /** That a client holds the key that it claims. */
    PROVE("qight/1 prove"),

    /** Who sent an envelope. */
    ENVELOPE("qight/1 envelope"),

    /** What a relay has stored. */
    RECEIPT("qight/1 receipt"),

    /** What a receiver has received. */
    DELIVERY("qight/1 delivery"),

    /** That the holder of a one-purpose key may send to a mailbox. */
    GRANT("qight/1 grant"),

    /** That a grant is taken back. */
    REVOKE("qight/1 revoke"),

    /** That a client holds the key that a grant is for. */
    USE_GRANT("qight/1 use-grant");

    private final String words;

    SignatureKind(String words) {
        this.words = words;
    }

    /** What stands before the statement. */
    byte[] prefix() {
        return (words + '\0').getBytes(StandardCharsets.US_ASCII);
    }
}
