package io.qight.testkit;

/**
 * What can happen to a packet, and is counted. Each packet that arrived, and each copy made, ends
 * as one of {@link #PASSED}, {@link #LOST}, {@link #CUT}, {@link #QUEUE_FULL} and {@link
 * #UNDELIVERABLE}, or is still held.
 */
public enum PacketEvent {
    /** It came in. */
    ARRIVED,
    /** A copy of it was made. */
    DUPLICATED,
    /** It went out. */
    PASSED,
    /** It was lost by the rate of loss. */
    LOST,
    /** It was lost since the network was cut. */
    CUT,
    /** It was lost since too much waited before it. */
    QUEUE_FULL,
    /** There was nobody, or no way, to hand it to. */
    UNDELIVERABLE,
    /** It was held back, so that later ones passed it. */
    REORDERED,
    /** One of its bits was turned. */
    CORRUPTED
}
