package io.qight.testkit.promises;

import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * Promise 6 for one envelope: a failure is counted for a nack, or for a lease that ran out, of
 * which there cannot be more than there was time for; and only enough failures, or a nack as dead,
 * lead to the dead letters.
 */
final class FailureRules {
    private final Evidence evidence;
    private final Story story;
    private final List<Violation> violations;
    private final List<Integer> nackPositions;
    private int nacks;
    private long leasesRunOut;
    private long lastMillis = Long.MIN_VALUE;

    FailureRules(Evidence evidence, Story story, List<Violation> violations) {
        this.evidence = evidence;
        this.story = story;
        this.violations = violations;
        this.nackPositions =
                story.handouts.stream()
                        .map(Handout::nacking)
                        .filter(Objects::nonNull)
                        .map(Event::position)
                        .sorted()
                        .toList();
    }

    void check() {
        for (Event event : story.events) {
            if (event instanceof Event.Sending && lastMillis == Long.MIN_VALUE) {
                lastMillis = event.millis();
            } else if (event instanceof Event.Delivered e) {
                long most = failuresMost(e);
                if (e.delivery().failures() > most) {
                    report("has failures that it cannot have, at most " + most, e);
                }
            } else if (event instanceof Event.FoundDead e) {
                checkDead(e, failuresMost(e));
            }
        }
    }

    /** How often it may have failed before this event. Events are asked for in their order. */
    private long failuresMost(Event event) {
        while (nacks < nackPositions.size() && nackPositions.get(nacks) < event.position()) {
            nacks++;
        }
        Bounds bounds = evidence.bounds();
        leasesRunOut +=
                (event.millis() - lastMillis + bounds.underwayMillis()) / bounds.leaseMillis();
        lastMillis = event.millis();
        return nacks + leasesRunOut;
    }

    private void checkDead(Event.FoundDead event, long most) {
        int enough = evidence.bounds().failuresMax();
        if (story.handouts.stream().anyMatch(Handout::nackedAsDead)) {
            return;
        }
        if (most < enough || (event.failures() >= 0 && event.failures() < enough)) {
            report("is dead with too few failures, at most " + most, event);
        }
    }

    private void report(String what, Event event) {
        List<Event> events =
                Stream.concat(
                                story.events.stream()
                                        .filter(e ->
                                                e instanceof Event.Delivered
                                                        && e.position() < event.position()),
                                Stream.of(event))
                        .toList();
        violations.add(new Violation(6, story.name() + " " + what, events));
    }
}
