package io.qight.testkit.promises;

/**
 * A relay's own counters of one mailbox, or of all, taken at one moment.
 *
 * @param of what they count, for people
 * @param before how many waited when they began to count
 * @param appended how many came since
 * @param waiting how many wait now, leased ones included
 */
public record Counts(
        String of,
        long before,
        long appended,
        long waiting,
        long acked,
        long expired,
        long collapsed,
        long purged,
        long dead) {
    /** All that left. */
    public long left() {
        return acked + expired + collapsed + purged + dead;
    }
}
