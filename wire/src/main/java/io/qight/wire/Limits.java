package io.qight.wire;

/** The protocol's fixed limits, the same for every relay and client. */
public final class Limits {
    /** The largest encoded envelope, in bytes. */
    public static final int ENVELOPE_BYTES_MAX = 10_000_000;

    /** The longest mailbox name, in bytes of UTF-8. */
    public static final int MAILBOX_NAME_BYTES_MAX = 255;

    /** Requests that one connection may have open at a time. */
    public static final int REQUESTS_MAX = 100;

    private Limits() {}
}
