package io.qight.testkit.promises;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Promise 4 for one envelope: nothing is handed out after its deadline. The deadline is known from
 * several sides: from the first sending, since the age at the relay counts from there; from a
 * receipt, before which it was accepted; and from the time left of earlier deliveries.
 */
final class DeadlineRule {
    private final Evidence evidence;
    private final Story story;
    private final List<Violation> violations;

    /** The deadline is not later. */
    private long deadlineMillis = Long.MAX_VALUE;

    private @Nullable Event deadlineBy;

    DeadlineRule(Evidence evidence, Story story, List<Violation> violations) {
        this.evidence = evidence;
        this.story = story;
        this.violations = violations;
    }

    void check() {
        long ttlMillis = 0;
        for (Event event : story.events) {
            if (event instanceof Event.Sending e && deadlineBy == null) {
                ttlMillis = e.ttlMillis();
                notLaterThan(e.millis() + ttlMillis + evidence.bounds().underwayMillis(), e);
            } else if (event instanceof Event.Receipt e
                    && (e.outcome() == Outcome.STORED || e.outcome() == Outcome.DUPLICATE)) {
                notLaterThan(e.millis() + ttlMillis, e);
            } else if (event instanceof Event.Delivered e) {
                require(e);
                long leftMillis = e.delivery().leftMillis();
                if (leftMillis > ttlMillis + evidence.stepsMillis()) {
                    report("has more time left than it was given", e);
                }
                if (leftMillis > 0) {
                    notLaterThan(e.millis() + leftMillis, e);
                }
            } else if (event instanceof Event.Found e) {
                require(e);
            }
        }
    }

    private void notLaterThan(long millis, Event event) {
        if (millis < deadlineMillis) {
            deadlineMillis = millis;
            deadlineBy = event;
        }
    }

    private void require(Event event) {
        long latestMillis =
                deadlineMillis + evidence.bounds().lateMillis() + evidence.stepsMillis();
        if (deadlineBy != null && event.millis() > latestMillis) {
            report("came " + (event.millis() - deadlineMillis) + " ms late", event);
        }
    }

    private void report(String what, Event event) {
        Event.Sending first = story.first();
        List<Event> events =
                deadlineBy == null || deadlineBy.equals(first) || first == null
                        ? List.of(first == null ? event : first, event)
                        : List.of(first, deadlineBy, event);
        violations.add(new Violation(4, story.name() + " " + what, events));
    }
}
