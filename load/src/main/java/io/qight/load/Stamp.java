package io.qight.load;

import java.nio.ByteBuffer;

/**
 * What a payload begins with.
 *
 * @param intendedNanos the intended time of the send
 * @param sender the index of the sender
 */
public record Stamp(long intendedNanos, int sender) {
    static final int BYTES = Long.BYTES + Integer.BYTES;

    /** A payload of so many bytes that begins with this. */
    public byte[] payload(int bytes) {
        return ByteBuffer.allocate(bytes).putLong(intendedNanos).putInt(sender).array();
    }

    /** What a payload begins with, whose position stays. */
    public static Stamp of(ByteBuffer payload) {
        int at = payload.position();
        return new Stamp(payload.getLong(at), payload.getInt(at + Long.BYTES));
    }
}
