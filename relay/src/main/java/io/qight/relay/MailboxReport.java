package io.qight.relay;

/**
 * One mailbox now. Sequences number envelopes in the whole store, in the order of their coming.
 *
 * @param mailbox its name
 * @param waiting how many envelopes wait, leased ones included
 * @param waitingBytes how many bytes they have
 * @param leased how many are handed out and not acknowledged
 * @param firstSequence the lowest sequence that waits
 * @param lastSequence the highest sequence that waits
 * @param oldestAgeMillis how long the first has waited, to about a second, computed from its
 *     deadline and its time to live; -1 if its bytes do not tell
 */
public record MailboxReport(
        String mailbox,
        long waiting,
        long waitingBytes,
        long leased,
        long firstSequence,
        long lastSequence,
        long oldestAgeMillis) {}
