package io.qight.wire.v1;

import java.nio.ByteBuffer;

/**
 * The clear header of an envelope: all that the relay decides by.
 *
 * @param sealed whether sender, headers and payload are encrypted for the mailbox's key
 * @param signed whether a signature follows the body
 * @param mailbox where it goes; not yet checked as a name
 * @param id its name, for people and programs
 * @param ttlMillis its time to live in milliseconds; 0 if it is live-only
 * @param notBeforeMillis how long after its acceptance it may first be delivered, in milliseconds
 * @param collapseKey what newer envelopes replace it by; empty if none
 */
public record EnvelopeHeader(
        boolean sealed,
        boolean signed,
        String mailbox,
        Id id,
        long ttlMillis,
        long notBeforeMillis,
        ByteBuffer collapseKey) {
    /** Handed to whoever is connected now, and not stored. */
    public boolean liveOnly() {
        return ttlMillis == 0;
    }
}
