package io.qight.store.embedded;

import java.util.List;
import java.util.Optional;

/**
 * What {@link StoreCheck} found in a store.
 *
 * @param segments the segments in the order of the log, the unused ones last
 * @param checkpoint the checkpoint, if there is one
 * @param mailboxCount how many mailboxes hold something
 * @param mailboxes those that hold most, at most {@link StoreCheck#MAILBOXES_MAX}, largest first
 * @param waiting how many envelopes wait
 * @param waitingBytes how many bytes they have
 * @param outboxes how many outboxes are remembered
 * @param mediumBytes how many bytes the files have
 * @param damages everything that is not as it was written; empty if the store is whole
 */
public record StoreReport(
        List<SegmentReport> segments,
        Optional<CheckpointReport> checkpoint,
        long mailboxCount,
        List<MailboxReport> mailboxes,
        long waiting,
        long waitingBytes,
        long outboxes,
        long mediumBytes,
        List<Damage> damages) {
    /** Copies the lists. */
    public StoreReport {
        segments = List.copyOf(segments);
        mailboxes = List.copyOf(mailboxes);
        damages = List.copyOf(damages);
    }

    /** Whether nothing is damaged. */
    public boolean isWhole() {
        return damages.isEmpty();
    }

    /**
     * A segment of the log.
     *
     * @param file its path
     * @param bytes the size of the file
     * @param usedBytes how much of it holds batches
     * @param live how many waiting envelopes are in it
     * @param liveBytes how many bytes their records have
     */
    public record SegmentReport(
            String file, long bytes, long usedBytes, long live, long liveBytes) {}

    /**
     * The checkpoint.
     *
     * @param file its path
     * @param bytes the size of the file
     */
    public record CheckpointReport(String file, long bytes) {}

    /**
     * A mailbox that holds something.
     *
     * @param name which one
     * @param waiting how many envelopes wait
     * @param waitingBytes how many bytes they have
     */
    public record MailboxReport(String name, long waiting, long waitingBytes) {}

    /**
     * Bytes that are not what was written.
     *
     * @param file the path of the file
     * @param offset where in it
     * @param what what is wrong there
     */
    public record Damage(String file, long offset, String what) {}
}
