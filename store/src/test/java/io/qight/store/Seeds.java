package io.qight.store;

import java.util.function.LongConsumer;

/**
 * The seeds of a random test: as many as it asks for, times {@code -Dqight.effort}, or the one of
 * {@code -Dqight.seed} alone. A failure names its seed.
 */
public final class Seeds {
    private Seeds() {}

    /** Runs the test with each seed. */
    public static void each(int count, LongConsumer test) {
        Long only = Long.getLong("qight.seed");
        if (only != null) {
            test.accept(only);
            return;
        }
        long end = (long) count * Integer.getInteger("qight.effort", 1);
        for (long seed = 1; seed <= end; seed++) {
            try {
                test.accept(seed);
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError(
                        "seed " + seed + " (run it alone with -Dqight.seed=" + seed + "): " + e, e);
            }
        }
    }
}
