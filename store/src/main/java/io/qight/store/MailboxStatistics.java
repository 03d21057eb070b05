package io.qight.store;

/**
 * One mailbox now.
 *
 * @param waiting how many envelopes wait (leased ones count)
 * @param waitingBytes how many bytes they have
 * @param firstSequence the lowest sequence that waits
 * @param lastSequence the highest sequence that waits
 */
public record MailboxStatistics(
        long waiting, long waitingBytes, long firstSequence, long lastSequence) {}
