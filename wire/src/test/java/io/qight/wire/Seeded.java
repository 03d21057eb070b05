package io.qight.wire;

import java.util.Random;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/** Runs a property against random cases, each with a seed of its own. */
public final class Seeded {
    private Seeded() {}

    /**
     * Runs the property {@code cases} times the effort, or once with the seed that {@code
     * qight.seed} names. A failure says its seed.
     */
    public static void run(int cases, Consumer<Random> property) {
        Long only = Long.getLong("qight.seed");
        if (only != null) {
            runOne(only, property);
            return;
        }
        SplittableRandom seeds = new SplittableRandom();
        for (int i = 0; i < cases * Integer.getInteger("qight.effort", 1); i++) {
            runOne(seeds.nextLong(), property);
        }
    }

    private static void runOne(long seed, Consumer<Random> property) {
        try {
            property.accept(new Random(seed));
        } catch (Throwable e) {
            throw new AssertionError("run again with -Dqight.seed=" + seed, e);
        }
    }
}
