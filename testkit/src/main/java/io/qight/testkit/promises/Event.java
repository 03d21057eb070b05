package io.qight.testkit.promises;

/**
 * One entry of a {@link History}: what each means is said at the method there that records it. The
 * position is its place in the history, from 0; the time is by the history's clock.
 */
public sealed interface Event {
    /** Its place in the history. */
    int position();

    /** When it was recorded. */
    long millis();

    /** See {@link History#sending}. */
    record Sending(
            int position,
            long millis,
            String outbox,
            long number,
            String mailbox,
            long payload,
            long ttlMillis)
            implements Event {}

    /** See {@link History#receipt}. */
    record Receipt(int position, long millis, String outbox, long number, Outcome outcome)
            implements Event {}

    /** See {@link History#appended}. */
    record Appended(
            int position, long millis, String mailbox, long sequence, String outbox, long number)
            implements Event {}

    /** See {@link History#delivered}. */
    record Delivered(int position, long millis, Delivery delivery) implements Event {}

    /** See {@link History#acking}. */
    record Acking(int position, long millis, String subscription, long delivery) implements Event {}

    /** See {@link History#acked}. */
    record Acked(int position, long millis, String subscription, long delivery) implements Event {}

    /** See {@link History#nacking}. */
    record Nacking(int position, long millis, String subscription, long delivery, boolean dead)
            implements Event {}

    /** See {@link History#leaseLost}. */
    record LeaseLost(int position, long millis, String subscription, long delivery)
            implements Event {}

    /** See {@link History#connected}. */
    record Connected(int position, long millis, String who) implements Event {}

    /** See {@link History#connectionLost}. */
    record ConnectionLost(int position, long millis, String who) implements Event {}

    /** See {@link History#relayEnded}. */
    record RelayEnded(int position, long millis) implements Event {}

    /** See {@link History#clockStepped}. */
    record ClockStepped(int position, long millis, long stepMillis) implements Event {}

    /** See {@link History#purged}. */
    record Purged(int position, long millis, String mailbox) implements Event {}

    /** See {@link History#found}. */
    record Found(
            int position, long millis, String mailbox, String outbox, long number, long payload)
            implements Event {}

    /** See {@link History#foundDead}. */
    record FoundDead(
            int position, long millis, String mailbox, String outbox, long number, int failures)
            implements Event {}

    /** See {@link History#drained}. */
    record Drained(int position, long millis, String mailbox) implements Event {}

    /** See {@link History#counted}. */
    record Counted(int position, long millis, Counts counts) implements Event {}

    /** See {@link History#measured}. */
    record Measured(int position, long millis, String what, long value, long bound)
            implements Event {}
}
