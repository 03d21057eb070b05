package io.qight.client;

/** What a stored envelope survives; the relay's operator chooses it. */
public enum Durability {
    /** The loss of power: it was synced to the disk. */
    FSYNC,
    /** The end of the relay's process, but not the loss of power. */
    OS,
    /** Nothing: it is in the relay's memory alone. */
    MEMORY
}
