package io.qight.relay.delivery;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/**
 * Ten thousand runs of {@link DeliverySimulation}, each held to every {@link Promise} at every
 * step; {@code -Dqight.effort=N} makes it N times as many, {@code -Dqight.seed=N} runs one and
 * tells what happened.
 */
class DeliverySimulationTest {
    private static final long SEEDS = 10_000;

    @Test
    void everyPromiseIsKeptWhateverHappens() {
        Long only = Long.getLong("qight.seed");
        if (only != null) {
            run(only, true);
            return;
        }
        long seeds = SEEDS * Integer.getInteger("qight.effort", 1);
        // Runs share nothing, so each core has some.
        LongStream.range(0, seeds).parallel().forEach(seed -> run(seed, false));
    }

    private static void run(long seed, boolean tells) {
        DeliverySimulation simulation = new DeliverySimulation(seed, tells);
        try {
            simulation.run();
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError(
                    "-Dqight.seed=" + seed + ": " + e.getMessage() + "\n" + simulation.story(), e);
        }
    }
}
