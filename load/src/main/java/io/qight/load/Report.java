package io.qight.load;

import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What was measured, and on what, so that a figure can be trusted.
 *
 * @param facts by name, in the order in which they are shown
 * @param outcomes at least one
 */
public record Report(Map<String, String> facts, List<Outcome> outcomes) {
    /** Copies the collections. */
    public Report {
        facts = Collections.unmodifiableMap(new LinkedHashMap<>(facts));
        outcomes = List.copyOf(outcomes);
    }

    /**
     * With what this machine says of itself.
     *
     * @param told the facts that the caller knows: they come first
     * @param store where the relay's store is, if that is known
     */
    public static Report of(
            Map<String, String> told, Optional<Path> store, List<Outcome> outcomes) {
        Map<String, String> facts = new LinkedHashMap<>(told);
        facts.put("date", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        facts.putAll(Machine.facts(store));
        return new Report(facts, outcomes);
    }
}
