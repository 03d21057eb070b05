package io.qight.load;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/** Waits for an end as long as there is progress. */
public final class Patience {
    private static final long LOOK_MILLIS = 10;

    private Patience() {}

    /** Whether the end came; false when the progress has stood still for so long. */
    public static boolean await(Duration standstill, LongSupplier progress, BooleanSupplier end)
            throws InterruptedException {
        long last = progress.getAsLong();
        long since = System.nanoTime();
        while (!end.getAsBoolean()) {
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
            long now = progress.getAsLong();
            if (now != last) {
                last = now;
                since = System.nanoTime();
            } else if (System.nanoTime() - since > standstill.toNanos()) {
                return false;
            }
        }
        return true;
    }
}
