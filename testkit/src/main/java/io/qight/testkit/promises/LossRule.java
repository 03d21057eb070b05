package io.qight.testkit.promises;

import java.util.ArrayList;
import java.util.List;

/**
 * Promises 1 and 2 for one envelope at the end: what was in the store, and has not left it in a way
 * that was allowed, is still there.
 */
final class LossRule {
    private final Evidence evidence;
    private final Story story;
    private final List<Violation> violations;

    LossRule(Evidence evidence, Story story, List<Violation> violations) {
        this.evidence = evidence;
        this.story = story;
        this.violations = violations;
    }

    void check() {
        Event.Sending first = story.first();
        Event.Drained drained = first == null ? null : evidence.drained(first.mailbox());
        if (first == null || drained == null || evidence.purged(first.mailbox())) {
            return;
        }
        List<Event> proof = new ArrayList<>();
        for (Event event : story.events) {
            if (event instanceof Event.Found || event instanceof Event.FoundDead) {
                return;
            }
            if (event.position() < drained.position() && provesStored(event)) {
                proof.add(event);
            }
        }
        if (proof.isEmpty() || mayHaveExpired(first, drained) || mayBeAcked()) {
            return;
        }
        boolean delivered = !story.handouts.isEmpty();
        List<Event> events = new ArrayList<>(List.of(first));
        events.addAll(proof);
        events.add(drained);
        violations.add(
                new Violation(
                        delivered ? 2 : 1,
                        story.name()
                                + (delivered
                                        ? " was delivered, not acked, and is gone"
                                        : " was stored, never delivered, and is gone"),
                        events));
    }

    private static boolean provesStored(Event event) {
        return event instanceof Event.Appended
                || event instanceof Event.Delivered
                || (event instanceof Event.Receipt receipt
                        && (receipt.outcome() == Outcome.STORED
                                || receipt.outcome() == Outcome.DUPLICATE));
    }

    /** Its deadline is not before its first sending and its time to live. */
    private boolean mayHaveExpired(Event.Sending first, Event.Drained drained) {
        long uncertainMillis = evidence.bounds().lateMillis() + evidence.stepsMillis();
        return drained.millis() + uncertainMillis >= first.millis() + first.ttlMillis();
    }

    /** An ack may be carried out whatever is answered to it, or nothing. */
    private boolean mayBeAcked() {
        return story.handouts.stream().anyMatch(handout -> handout.acking() != null);
    }
}
