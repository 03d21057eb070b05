package io.qight.testkit.promises;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The checker against a relay that is right, and against each fault that it must find. */
class RandomHistoriesTest {
    private static final int SEEDS = 300 * Integer.getInteger("qight.effort", 1);
    private static final int SEEDS_TO_FIND = 20;

    @Test
    void nothingIsSaidAgainstARelayThatIsRight() {
        Long only = Long.getLong("qight.seed");
        LongStream seeds = only == null ? LongStream.rangeClosed(1, SEEDS) : LongStream.of(only);
        seeds.forEach(seed ->
                assertThat(violations(seed, TinyRelay.Fault.NONE))
                        .as("run alone with -Dqight.seed=" + seed)
                        .isEmpty());
    }

    @ParameterizedTest
    @EnumSource(value = TinyRelay.Fault.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void everyFaultIsFound(TinyRelay.Fault fault) {
        assertThat(LongStream.rangeClosed(1, SEEDS_TO_FIND))
                .as("seeds")
                .anySatisfy(seed ->
                        assertThat(violations(seed, fault))
                                .extracting(Violation::promise)
                                .contains(fault.promise));
    }

    @Test
    void muchHappensInARandomHistory() {
        List<Event> events = TinyWorld.history(1, TinyRelay.Fault.NONE).events();
        assertThat(events.stream().map(Object::getClass).distinct()).hasSizeGreaterThan(12);
        assertThat(events).hasSizeGreaterThan(500);
        assertThat(events)
                .anyMatch(e -> e instanceof Event.Delivered d && d.delivery().deliveries() > 1)
                .anyMatch(e -> e instanceof Event.Delivered d && d.delivery().failures() > 0)
                .anyMatch(e -> e instanceof Event.Receipt r && r.outcome() == Outcome.DUPLICATE);
    }

    private static List<Violation> violations(long seed, TinyRelay.Fault fault) {
        return PromiseChecker.check(TinyWorld.history(seed, fault));
    }
}
