package io.qight.bench;

import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongFunction;

/** Requests a second, with so many in flight. */
final class Rates {
    private Rates() {}

    /** Makes requests, as many at a time as may be in flight; all must succeed. */
    static double measure(
            int count, int inFlightMax, LongFunction<? extends CompletableFuture<?>> request)
            throws InterruptedException {
        Semaphore inFlight = new Semaphore(inFlightMax);
        AtomicLong failed = new AtomicLong();
        long start = System.nanoTime();
        for (int i = 0; i < count; i++) {
            inFlight.acquire();
            request.apply(i)
                    .whenComplete((done, failure) -> {
                        if (failure != null) {
                            failed.incrementAndGet();
                        }
                        inFlight.release();
                    });
        }
        inFlight.acquire(inFlightMax);
        if (failed.get() > 0) {
            throw new IllegalStateException(failed + " requests failed");
        }
        return since(start, count);
    }

    /** So many since then, in a second. */
    static double since(long startNanos, int count) {
        return count * 1e9 / (System.nanoTime() - startNanos);
    }

    /** The median of the rounds, and each. */
    static void print(String what, double[] rates) {
        double[] sorted = rates.clone();
        Arrays.sort(sorted);
        StringBuilder all = new StringBuilder();
        for (double rate : rates) {
            all.append(String.format(Locale.ROOT, " %.0f", rate));
        }
        System.out.printf(
                Locale.ROOT, "%s: median %.0f/s of%s%n", what, sorted[sorted.length / 2], all);
    }

    /** An argument that may be left out. */
    static int number(String[] args, int index, int fallback) {
        return args.length > index ? Integer.parseInt(args[index]) : fallback;
    }
}
