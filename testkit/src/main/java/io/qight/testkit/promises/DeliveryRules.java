package io.qight.testkit.promises;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Promises 2 and 3 for one envelope, as its receivers see them: what is acked never comes again,
 * and it is in one pair of hands at a time.
 */
final class DeliveryRules {
    private record Turn(int run, int deliveries) {}

    private final Evidence evidence;
    private final Story story;
    private final List<Violation> violations;

    DeliveryRules(Evidence evidence, Story story, List<Violation> violations) {
        this.evidence = evidence;
        this.story = story;
        this.violations = violations;
    }

    void check() {
        List<Handout> handouts = story.handouts;
        Handout acked = null;
        for (Handout handout : handouts) {
            acked = checkAck(handout, acked);
        }
        for (int i = 1; i < handouts.size(); i++) {
            Handout before = handouts.get(i - 1);
            Handout next = handouts.get(i);
            if (acked != null && cameAgain(acked, next)) {
                report(2, "came again after its ack was confirmed", acked.acked(), next.event);
            } else if (!confirmedBefore(before, next) && inTwoHands(before, next)) {
                report(3, "was handed out while it was leased", before.event, next.event);
            }
        }
        checkTurns();
        checkFound(acked);
    }

    /** Gives the first one whose ack was confirmed. */
    private @Nullable Handout checkAck(Handout handout, @Nullable Handout before) {
        Event.Acked acked = handout.acked();
        if (acked == null) {
            return before;
        }
        Event.Acking acking = handout.acking();
        if (acking == null || acking.position() > acked.position()) {
            report(2, "is confirmed as acked, but was not acked", handout.event, acked);
        }
        if (before != null) {
            report(3, "was removed twice, by two acks", before.acked(), acked);
            return before.event.position() < handout.event.position() ? before : handout;
        }
        return handout;
    }

    private boolean cameAgain(Handout acked, Handout next) {
        if (!confirmedBefore(acked, next)) {
            return false;
        }
        Event.Acked confirmed = acked.acked();
        if (confirmed == null || !evidence.leaseMayHaveEnded(acked, confirmed.millis())) {
            return true;
        }
        // It may have been handed out once more before the ack came, and be on its way since.
        return next.connectedPosition > confirmed.position()
                || next.event.millis() - confirmed.millis() > evidence.bounds().underwayMillis();
    }

    private static boolean confirmedBefore(Handout handout, Handout next) {
        Event.Acked acked = handout.acked();
        return acked != null && acked.position() < next.event.position();
    }

    private boolean inTwoHands(Handout before, Handout next) {
        long nextMillis = next.event.millis();
        boolean orderKnown =
                nextMillis - before.event.millis() > evidence.bounds().underwayMillis();
        return !evidence.leaseMayHaveEnded(before, nextMillis)
                && (orderKnown || !evidence.leaseMayHaveEnded(next, nextMillis));
    }

    /** In one run of the relay each time is counted once. */
    private void checkTurns() {
        if (story.handouts.size() < 2) {
            return;
        }
        Map<Turn, Handout> turns = new HashMap<>();
        for (Handout handout : story.handouts) {
            int deliveries = handout.delivery().deliveries();
            if (handout.run == Handout.RUN_UNKNOWN || deliveries == 0) {
                continue;
            }
            Handout other = turns.put(new Turn(handout.run, deliveries), handout);
            if (other != null) {
                report(
                        3,
                        "was handed out twice as number " + deliveries,
                        other.event,
                        handout.event);
            }
        }
    }

    private void checkFound(@Nullable Handout acked) {
        Event.Acked confirmed = acked == null ? null : acked.acked();
        if (confirmed == null) {
            return;
        }
        for (Event event : story.events) {
            boolean there =
                    event instanceof Event.Found
                            || (event instanceof Event.FoundDead
                                    && !evidence.relayEndedBefore(confirmed));
            if (there && event.position() > confirmed.position()) {
                report(2, "is still there after its ack was confirmed", confirmed, event);
            }
        }
    }

    private void report(int promise, String what, @Nullable Event... events) {
        violations.add(
                new Violation(
                        promise,
                        story.name() + " " + what,
                        Arrays.stream(events).filter(Objects::nonNull).toList()));
    }
}
