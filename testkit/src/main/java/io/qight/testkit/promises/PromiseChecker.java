package io.qight.testkit.promises;

import java.util.ArrayList;
import java.util.List;

/**
 * Holds a {@link History} against the promises of a relay:
 *
 * <ol>
 *   <li>a receipt means durable: nothing stored is lost, nothing is invented or changed, nothing is
 *       told or delivered before it is in the store;
 *   <li>an envelope leaves only by ack, expiry, collapse, purge or to the dead letters; what is not
 *       acked comes again, what is acked never; the counters add up;
 *   <li>one number is stored once, and no answer lies about that;
 *   <li>nothing is handed out after its deadline;
 *   <li>first deliveries of one outbox in one mailbox are in the order of its numbers;
 *   <li>queues keep their bounds; failures are counted only for a nack or a lease that ran out, and
 *       only enough of them lead to the dead letters.
 * </ol>
 *
 * <p>Pure, and linear in the history but for sorting: a million events take seconds.
 */
public final class PromiseChecker {
    /** A relay that breaks one promise breaks it often: no more than these are told. */
    public static final int VIOLATIONS_MAX = 1_000;

    private PromiseChecker() {}

    /**
     * What cannot be, in no order of importance; empty if all promises were kept.
     *
     * @throws IllegalStateException if the history contradicts itself: one delivery recorded twice,
     *     an ack of what was not delivered, one number for two envelopes
     */
    public static List<Violation> check(History history) {
        Evidence evidence = new Evidence(history.events(), history.bounds());
        List<Violation> violations = new ArrayList<>(evidence.ofUnknownDeliveries());
        CommonRules.check(evidence, violations);
        for (Story story : evidence.stories()) {
            if (violations.size() >= VIOLATIONS_MAX) {
                break;
            }
            new SendingRules(evidence, story, violations).check();
            if (story.first() != null) {
                new DeliveryRules(evidence, story, violations).check();
                new DeadlineRule(evidence, story, violations).check();
                new FailureRules(evidence, story, violations).check();
                new LossRule(evidence, story, violations).check();
            }
        }
        OrderRule.check(evidence, violations);
        return List.copyOf(violations.subList(0, Math.min(violations.size(), VIOLATIONS_MAX)));
    }
}
