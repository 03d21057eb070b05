package io.qight.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.qight.testkit.promises.Event;
import io.qight.testkit.promises.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Ten thousand worlds of {@link Simulation}; {@code -Dqight.effort=N} makes it N times as many,
 * {@code -Dqight.seed=N} runs one and tells what happened last.
 */
class SimulationTest {
    private static final long SEEDS = 10_000;
    private static final long SEEDS_TO_LOOK_AT = 200;
    private static final int STORY_EVENTS_MAX = 60;

    @BeforeAll
    static void watchTheLog() {
        LoggedErrors.watch();
    }

    @Test
    void everyPromiseIsKeptWhateverHappens() {
        Long only = Long.getLong("qight.seed");
        if (only != null) {
            run(only, true);
            return;
        }
        long seeds = SEEDS * Integer.getInteger("qight.effort", 1);
        // Worlds share nothing, so each core has some.
        LongStream.range(0, seeds).parallel().forEach(seed -> run(seed, false));
    }

    /** A simulation in which nothing happens would keep every promise. */
    @Test
    void muchHappens() {
        List<Event> events = new ArrayList<>();
        for (long seed = 0; seed < SEEDS_TO_LOOK_AT; seed++) {
            events.addAll(run(seed, false));
        }
        for (Outcome outcome :
                List.of(Outcome.STORED, Outcome.DUPLICATE, Outcome.REFUSED, Outcome.UNKNOWN)) {
            assertThat(events)
                    .filteredOn(e -> e instanceof Event.Receipt r && r.outcome() == outcome)
                    .as("receipts %s", outcome)
                    .hasSizeGreaterThan(100);
        }
        assertThat(events)
                .filteredOn(e -> e instanceof Event.Delivered d && d.delivery().deliveries() > 1)
                .as("handed out again")
                .hasSizeGreaterThan(100);
        assertThat(events).filteredOn(e -> e instanceof Event.Acked).hasSizeGreaterThan(1_000);
        assertThat(events).filteredOn(e -> e instanceof Event.LeaseLost).hasSizeGreaterThan(100);
        assertThat(events).filteredOn(e -> e instanceof Event.RelayEnded).hasSizeGreaterThan(100);
        assertThat(events).filteredOn(e -> e instanceof Event.FoundDead).hasSizeGreaterThan(10);
    }

    private static List<Event> run(long seed, boolean tells) {
        Simulation simulation = new Simulation(seed);
        try {
            simulation.run();
        } catch (AssertionError | RuntimeException e) {
            String story = tells ? "\n" + story(simulation.history().events()) : "";
            throw new AssertionError("-Dqight.seed=" + seed + ": " + e.getMessage() + story, e);
        }
        return simulation.history().events();
    }

    private static String story(List<Event> events) {
        return events.subList(Math.max(0, events.size() - STORY_EVENTS_MAX), events.size()).stream()
                .map(Event::toString)
                .collect(Collectors.joining("\n"));
    }
}
