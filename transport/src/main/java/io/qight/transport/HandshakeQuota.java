package io.qight.transport;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * How many handshakes a server has open at a time, and how many connections come from one address.
 *
 * @param unprovedMax from so many on a client must prove its address, by a round trip more; 0:
 *     always
 * @param openMax from so many on no more are begun, and clients try again by themselves
 * @param connectsPerSecond connections that one address may make in a second, once it has made
 *     forty times as many; what is more waits. What a server has its connections count beside, by
 *     {@link Connection#charge}, counts as well
 */
public record HandshakeQuota(int unprovedMax, int openMax, int connectsPerSecond) {
    /** No limit of {@link #connectsPerSecond}. */
    public static final int NO_RATE = Integer.MAX_VALUE;

    /** What one address may do at once, in seconds of {@link #connectsPerSecond}. */
    static final int SECONDS_AT_ONCE = 40;

    /** The part of them that one address may have open once it is proved. */
    private static final int ADDRESS_PART = 8;

    /** 64 without proof, and 1,024 in all; 25 connections a second from one address. */
    public static final HandshakeQuota USUAL = new HandshakeQuota(64, 1024, 25);

    /** Checks the ranges. */
    public HandshakeQuota {
        if (unprovedMax < 0 || openMax < 1 || unprovedMax > openMax) {
            throw new IllegalArgumentException(
                    "at least 1 handshake may be open, and no more than that without proof");
        }
        if (connectsPerSecond < 1) {
            throw new IllegalArgumentException("an address may connect at least once a second");
        }
    }

    /** The same with another number of connections a second. */
    public HandshakeQuota withConnectsPerSecond(int connects) {
        return new HandshakeQuota(unprovedMax, openMax, connects);
    }

    /** How fast one address may connect. */
    AddressPace connectPace(LongSupplier nanoClock) {
        return new AddressPace(
                (long) SECONDS_AT_ONCE * connectsPerSecond,
                TimeUnit.SECONDS.toNanos(1) / connectsPerSecond,
                nanoClock);
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
