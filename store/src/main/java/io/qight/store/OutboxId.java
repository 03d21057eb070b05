package io.qight.store;

/**
 * The 16 secret bytes by which the relay knows an outbox.
 *
 * @param high the first eight bytes, big-endian
 * @param low the last eight bytes, big-endian
 */
public record OutboxId(long high, long low) {
    /** Not the id itself, which is secret. */
    @Override
    public String toString() {
        return "OutboxId[secret]";
    }
}
