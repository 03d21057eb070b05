package io.qight.relay.delivery;

import io.qight.store.StoredEnvelope;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * An envelope that was put aside, as it is kept in the store: one byte each for the layout (1) and
 * the envelope's format, two for the failures, eight for the time, two for the reason's length; the
 * reason in UTF-8; the envelope.
 *
 * @param format the envelope's format
 * @param failures how often it failed, at most 65,535
 * @param buriedMillis when it was put aside, in milliseconds since 1970
 * @param reason why, at most 65,535 bytes
 * @param envelope its bytes
 */
public record DeadLetter(
        byte format, int failures, long buriedMillis, String reason, ByteBuffer envelope) {
    /** The format under which a store keeps dead letters. */
    public static final byte FORMAT = 2;

    private static final byte LAYOUT = 1;
    private static final int HEAD_BYTES = 14;

    /** The store's mailbox for a mailbox's dead letters; clients cannot name it. */
    public static String place(String mailbox) {
        return "\u0001dead/" + mailbox;
    }

    /** Reads one. */
    public static DeadLetter of(StoredEnvelope stored) {
        ByteBuffer in = stored.bytes().duplicate();
        if (stored.format() != FORMAT || in.remaining() < HEAD_BYTES || in.get() != LAYOUT) {
            throw new IllegalStateException("no dead letter: sequence " + stored.sequence());
        }
        byte format = in.get();
        int failures = Short.toUnsignedInt(in.getShort());
        long buriedMillis = in.getLong();
        byte[] reason = new byte[Short.toUnsignedInt(in.getShort())];
        in.get(reason);
        return new DeadLetter(
                format,
                failures,
                buriedMillis,
                new String(reason, StandardCharsets.UTF_8),
                in.slice());
    }

    /** The bytes to keep. */
    public ByteBuffer encode() {
        byte[] why = reason.getBytes(StandardCharsets.UTF_8);
        ByteBuffer out = ByteBuffer.allocate(HEAD_BYTES + why.length + envelope.remaining());
        out.put(LAYOUT)
                .put(format)
                .putShort((short) failures)
                .putLong(buriedMillis)
                .putShort((short) why.length)
                .put(why)
                .put(envelope.duplicate());
        return out.flip();
    }
}
