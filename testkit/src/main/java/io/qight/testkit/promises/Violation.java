package io.qight.testkit.promises;

import java.util.List;
import java.util.stream.Collectors;

/**
 * Something that a relay that keeps its promises does not do.
 *
 * @param promise which one: 1 to 6, as in the protocol's page
 * @param why what is wrong, for people
 * @param events those that show it, in their order
 */
public record Violation(int promise, String why, List<Event> events) {
    /** Several lines: the promise and why, then the events. */
    @Override
    public String toString() {
        return "promise "
                + promise
                + ": "
                + why
                + events.stream().map(event -> "\n    " + event).collect(Collectors.joining());
    }
}
