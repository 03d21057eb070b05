package io.qight.testkit.promises;

import java.util.List;

/** The rules that no single envelope has a part in: the counters add up, the bounds hold. */
final class CommonRules {
    private CommonRules() {}

    static void check(Evidence evidence, List<Violation> violations) {
        for (Event.Counted event : evidence.counted()) {
            Counts counts = event.counts();
            long came = counts.before() + counts.appended();
            long are = counts.waiting() + counts.left();
            if (came != are) {
                violations.add(
                        new Violation(
                                2,
                                "the counters of "
                                        + counts.of()
                                        + " do not add up: "
                                        + came
                                        + " came, "
                                        + are
                                        + " wait or left",
                                List.of(event)));
            }
        }
        for (Event.Measured event : evidence.measured()) {
            if (event.value() > event.bound()) {
                violations.add(
                        new Violation(6, event.what() + " is above its bound", List.of(event)));
            }
        }
    }
}
