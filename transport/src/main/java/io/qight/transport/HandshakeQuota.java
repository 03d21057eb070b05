package io.qight.transport;

/**
 * How many handshakes a server has open at a time.
 *
 * @param unprovedMax from so many on a client must prove its address, by a round trip more; 0:
 *     always
 * @param openMax from so many on no more are begun, and clients try again by themselves
 */
public record HandshakeQuota(int unprovedMax, int openMax) {
    /** The part of them that one address may have open once it is proved. */
    private static final int ADDRESS_PART = 8;

    /** 64 without proof, and 1,024 in all. */
    public static final HandshakeQuota USUAL = new HandshakeQuota(64, 1024);

    /** Checks the ranges. */
    public HandshakeQuota {
        if (unprovedMax < 0 || openMax < 1 || unprovedMax > openMax) {
            throw new IllegalArgumentException(
                    "at least 1 handshake may be open, and no more than that without proof");
        }
    }

    /** From how many on one address may send no more than so much of handshakes. */
    int flood() {
        return Math.min(openMax, Math.max(unprovedMax, USUAL.unprovedMax()));
    }

    /** How many of them one address may have open when addresses must be proved: an eighth. */
    int perAddressMax() {
        return Math.max(1, openMax / ADDRESS_PART);
    }
}
