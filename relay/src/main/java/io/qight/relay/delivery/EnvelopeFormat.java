package io.qight.relay.delivery;

/** What kind of bytes a stored envelope is; the store keeps it and gives it no meaning. */
public final class EnvelopeFormat {
    /** As version 0 sends them. */
    public static final byte V0 = 0;

    /** As version 1 sends them. */
    public static final byte V1 = 1;

    private EnvelopeFormat() {}
}
