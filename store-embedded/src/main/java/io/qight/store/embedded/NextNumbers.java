package io.qight.store.embedded;

/**
 * Numbers that were never given out.
 *
 * @param sequence for the next append
 * @param mailbox for the next mailbox
 * @param batch for the next batch
 */
record NextNumbers(long sequence, long mailbox, long batch) {
    /** The higher of each. */
    NextNumbers max(NextNumbers other) {
        return new NextNumbers(
                Math.max(sequence, other.sequence),
                Math.max(mailbox, other.mailbox),
                Math.max(batch, other.batch));
    }
}
