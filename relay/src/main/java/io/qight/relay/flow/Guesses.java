package io.qight.relay.flow;

import io.qight.transport.AddressPrefix;
import java.net.InetAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/**
 * Slows down who guesses tokens: after wrong ones, every token from the same address prefix is
 * judged later, right or wrong, so that going away early gains nothing. Thread-safe.
 */
public final class Guesses {
    /** How long the next token waits after the first wrong one; after each further one twice so. */
    public static final long FIRST_DELAY_MILLIS = 100;

    /** The longest wait: a client behind the same address as a guesser still gets in. */
    public static final long DELAY_MILLIS_MAX = 3_200;

    /** After so long without a wrong one they are forgotten. */
    static final long FORGET_MILLIS = 600_000;

    /** Prefixes that are remembered; of more, those that were wrong longest ago are forgotten. */
    static final int PREFIXES_MAX = 4_096;

    private record Wrong(int count, long lastMillis) {}

    /** The one that was wrong last stands last. */
    private final LinkedHashMap<AddressPrefix, Wrong> prefixes = new LinkedHashMap<>();

    private final LongAdder wrong = new LongAdder();

    /** How long a token from this address waits for its judgement. */
    synchronized long delayMillis(InetAddress address, long nowMillis) {
        Wrong known = prefixes.get(AddressPrefix.of(address));
        if (known == null || nowMillis - known.lastMillis() >= FORGET_MILLIS) {
            return 0;
        }
        int doublings = Math.min(known.count() - 1, Long.SIZE / 4);
        return Math.min(FIRST_DELAY_MILLIS << doublings, DELAY_MILLIS_MAX);
    }

    /** A token from this address was wrong. */
    synchronized void wrong(InetAddress address, long nowMillis) {
        wrong.increment();
        AddressPrefix prefix = AddressPrefix.of(address);
        Wrong before = prefixes.remove(prefix);
        int count =
                before == null || nowMillis - before.lastMillis() >= FORGET_MILLIS
                        ? 1
                        : before.count() + 1;
        prefixes.put(prefix, new Wrong(count, nowMillis));
        if (prefixes.size() > PREFIXES_MAX) {
            Map.Entry<AddressPrefix, Wrong> oldest = prefixes.entrySet().iterator().next();
            prefixes.remove(oldest.getKey());
        }
    }

    /** How many were wrong so far. */
    long total() {
        return wrong.sum();
    }

    /** How many prefixes are remembered. */
    synchronized int remembered() {
        return prefixes.size();
    }
}
