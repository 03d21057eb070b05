package io.qight.testkit.promises;

/**
 * One envelope as it came to a handler.
 *
 * @param subscription to whom, by a name of the test's own
 * @param number which delivery of this subscription: grows in the order in which the relay handed
 *     them out
 * @param mailbox where it was
 * @param outbox whose it is, as told by what the test wrote into the envelope
 * @param outboxNumber which of these, told likewise
 * @param payload a hash of all that must come as it was sent
 * @param leftMillis the time left that came with it; 0 if not known
 * @param deliveries how often it was handed out in this run of the relay, this time included; 0 if
 *     not known
 * @param failures how often it had failed
 */
public record Delivery(
        String subscription,
        long number,
        String mailbox,
        String outbox,
        long outboxNumber,
        long payload,
        long leftMillis,
        int deliveries,
        int failures) {}
