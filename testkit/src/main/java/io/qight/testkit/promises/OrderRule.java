package io.qight.testkit.promises;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Promise 5. In one run of the relay, of one outbox's envelopes in one mailbox, each one's first
 * delivery comes before those of higher numbers, unless it has failed. That covers what was handed
 * out in a run before: at the start of a run all of it waits again, in order.
 *
 * <p>One subscription's deliveries are numbered in the order in which the relay handed them out.
 * Between subscriptions there are only times, so only what is clearly too late is found.
 */
final class OrderRule {
    private record Line(int run, String mailbox, String outbox) {}

    private OrderRule() {}

    static void check(Evidence evidence, List<Violation> violations) {
        Map<Line, List<Handout>> lines = new HashMap<>();
        for (Story story : evidence.stories()) {
            for (Handout handout : story.handouts) {
                Delivery delivery = handout.delivery();
                if (delivery.deliveries() == 1 && handout.run != Handout.RUN_UNKNOWN) {
                    lines.computeIfAbsent(
                                    new Line(handout.run, delivery.mailbox(), delivery.outbox()),
                                    line -> new ArrayList<>())
                            .add(handout);
                }
            }
        }
        for (List<Handout> line : lines.values()) {
            checkSubscriptions(line, violations);
            checkTimes(line, evidence.bounds().underwayMillis(), violations);
        }
    }

    private static void checkSubscriptions(List<Handout> line, List<Violation> violations) {
        line.sort(
                Comparator.comparing((Handout handout) -> handout.delivery().subscription())
                        .thenComparingLong(handout -> handout.delivery().number()));
        Handout highest = null;
        for (Handout handout : line) {
            if (highest == null
                    || !highest.delivery().subscription().equals(subscription(handout))) {
                highest = handout;
            }
            require(highest, handout, violations);
            highest = higher(highest, handout);
        }
    }

    /** Those of another subscription, and so much earlier that the relay was surely earlier too. */
    private static void checkTimes(
            List<Handout> line, long underwayMillis, List<Violation> violations) {
        line.sort(Comparator.comparingInt(handout -> handout.event.position()));
        Handout highest = null;
        int earlier = 0;
        for (Handout handout : line) {
            long before = handout.event.millis() - underwayMillis;
            while (line.get(earlier).event.millis() < before) {
                highest = higher(highest, line.get(earlier++));
            }
            if (highest != null
                    && !highest.delivery().subscription().equals(subscription(handout))) {
                require(highest, handout, violations);
            }
        }
    }

    private static void require(Handout earlier, Handout later, List<Violation> violations) {
        if (outboxNumber(later) < outboxNumber(earlier) && later.delivery().failures() == 0) {
            violations.add(
                    new Violation(
                            5,
                            "envelope "
                                    + outboxNumber(later)
                                    + " of "
                                    + later.delivery().outbox()
                                    + " was first delivered after envelope "
                                    + outboxNumber(earlier),
                            List.of(earlier.event, later.event)));
        }
    }

    private static Handout higher(@Nullable Handout one, Handout other) {
        return one == null || outboxNumber(other) > outboxNumber(one) ? other : one;
    }

    private static long outboxNumber(Handout handout) {
        return handout.delivery().outboxNumber();
    }

    private static String subscription(Handout handout) {
        return handout.delivery().subscription();
    }
}
