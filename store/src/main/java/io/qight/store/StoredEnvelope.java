package io.qight.store;

import java.nio.ByteBuffer;

/**
 * A waiting envelope as {@link MailboxStore#read} gives it.
 *
 * @param sequence its number in the store
 * @param format as it was appended
 * @param deadlineMillis from when on it is expired, in milliseconds since 1970
 * @param failures how often it failed
 * @param bytes the envelope's bytes, from position to limit; the reader's own, never changed by the
 *     store, and perhaps read-only
 */
public record StoredEnvelope(
        long sequence, byte format, long deadlineMillis, int failures, ByteBuffer bytes) {}
