package io.qight.store;

import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One change of a commit. */
public sealed interface Operation {
    /**
     * Puts an envelope at the end of its mailbox. Times are in milliseconds since 1970.
     *
     * @param mailbox 1 to 1,024 bytes of UTF-8; the store gives the name no meaning
     * @param format what kind of bytes these are; kept with them and given no meaning
     * @param acceptedMillis when the relay accepted it
     * @param deadlineMillis from when on it is expired; after {@code acceptedMillis}
     * @param bytes the envelope, from position to limit; not changed by the store, and by the
     *     caller only after the commit. At most 16 MiB
     * @param outbox the outbox and number it was sent under, which count as taken with this commit;
     *     null if it has none
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

        /** Checks the size. */
        public Append {
            Objects.requireNonNull(mailbox, "mailbox");
            if (bytes.remaining() > BYTES_MAX) {
                throw new IllegalArgumentException("an envelope has at most 16 MiB");
            }
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
     * Opens an outbox, or says that it was used again. Numbers already taken stay taken. The store
     * remembers it until {@code usedMillis + rememberMillis}, or that long after its last append.
     *
     * @param id which outbox
     * @param usedMillis now, in milliseconds since 1970
     * @param rememberMillis how long it is remembered after its last use
     */
    record OpenOutbox(OutboxId id, long usedMillis, long rememberMillis) implements Operation {}

    /**
     * Forgets an outbox and the numbers taken there.
     *
     * @param id which outbox
     */
    record ForgetOutbox(OutboxId id) implements Operation {}
}
