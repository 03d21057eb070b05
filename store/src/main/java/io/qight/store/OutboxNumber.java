package io.qight.store;

/**
 * Under which outbox and number an envelope was sent.
 *
 * @param id the outbox; opened before by {@link Operation.OpenOutbox}
 * @param number 1 or more
 */
public record OutboxNumber(OutboxId id, long number) {
    /** Checks the number. */
    public OutboxNumber {
        if (number < 1) {
            throw new IllegalArgumentException("an outbox number is 1 or more, not " + number);
        }
    }
}
