package io.qight.store;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** One change of a commit. */
public sealed interface Operation {
    /**
     * Puts an envelope at the end of its mailbox. Times are in milliseconds since 1970.
     *
     * @param mailbox 1 to 1,024 bytes of UTF-8, no lone surrogates; the store gives the name no
     *     meaning
     * @param format what kind of bytes these are; kept with them and given no meaning
     * @param acceptedMillis when the relay accepted it
     * @param deadlineMillis from when on it is expired; after {@code acceptedMillis}
     * @param bytes the envelope, from position to limit, 0 bytes to 16 MiB; neither they nor the
     *     position are changed by the store, and by the caller only after the commit
     * @param outbox the outbox and number it was sent under; the number counts as taken from this
     *     operation on if it is stored. Null if it has none
     */
    record Append(
            String mailbox,
            byte format,
            long acceptedMillis,
            long deadlineMillis,
            ByteBuffer bytes,
            @Nullable OutboxNumber outbox)
            implements Operation {
        /** The largest envelope a store takes, in bytes. */
        public static final int BYTES_MAX = 16 << 20;

        /** The longest mailbox name a store takes, in bytes of UTF-8. */
        public static final int MAILBOX_BYTES_MAX = 1_024;

        /** Checks name, deadline and size. */
        public Append {
            int nameBytes = utf8Bytes(mailbox);
            if (nameBytes < 1 || nameBytes > MAILBOX_BYTES_MAX) {
                throw new IllegalArgumentException(
                        "a mailbox name has 1 to 1024 bytes, not " + nameBytes);
            }
            if (deadlineMillis <= acceptedMillis) {
                throw new IllegalArgumentException("a deadline is after the acceptance");
            }
            if (bytes.remaining() > BYTES_MAX) {
                throw new IllegalArgumentException("an envelope has at most 16 MiB");
            }
        }

        private static int utf8Bytes(String name) {
            int bytes = 0;
            for (int i = 0; i < name.length(); i++) {
                char c = name.charAt(i);
                if (c < 0x80) {
                    bytes++;
                } else if (c < 0x800) {
                    bytes += 2;
                } else if (!Character.isSurrogate(c)) {
                    bytes += 3;
                } else if (Character.isHighSurrogate(c)
                        && i + 1 < name.length()
                        && Character.isLowSurrogate(name.charAt(i + 1))) {
                    bytes += 4;
                    i++;
                } else {
                    throw new IllegalArgumentException("a mailbox name has a lone surrogate");
                }
            }
            return bytes;
        }
    }

    /**
     * Takes a waiting envelope out of its mailbox, for good.
     *
     * @param mailbox where it waits
     * @param sequence which one
     * @param removal why
     */
    record Remove(String mailbox, long sequence, Removal removal) implements Operation {}

    /**
     * Sets the failure count of a waiting envelope.
     *
     * @param mailbox where it waits
     * @param sequence which one
     * @param failures how often it failed, 1 to 65,535
     */
    record SetFailures(String mailbox, long sequence, int failures) implements Operation {
        /** Checks the range. */
        public SetFailures {
            if (failures < 1 || failures > 65_535) {
                throw new IllegalArgumentException("failures: 1 to 65535, not " + failures);
            }
        }
    }

    /**
     * Opens an outbox, or says that it was used again. Numbers already taken stay taken. Its last
     * use is the latest {@code usedMillis}, or {@link Append#acceptedMillis} of what was stored
     * under it if that is later. The store remembers it for {@code rememberMillis} of the latest
     * opening after its last use, and then until a {@link ForgetOutbox} comes.
     *
     * @param id which outbox
     * @param usedMillis now, in milliseconds since 1970
     * @param rememberMillis how long it is remembered after its last use, 0 or more
     */
    record OpenOutbox(OutboxId id, long usedMillis, long rememberMillis) implements Operation {
        /** Checks the range. */
        public OpenOutbox {
            if (rememberMillis < 0) {
                throw new IllegalArgumentException("remembering takes 0 ms or more");
            }
        }
    }

    /**
     * Forgets an outbox and the numbers taken there.
     *
     * @param id which outbox
     */
    record ForgetOutbox(OutboxId id) implements Operation {}
}
