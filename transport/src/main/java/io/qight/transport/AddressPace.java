package io.qight.transport;

import java.net.InetAddress;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.LongSupplier;

/**
 * How fast each address may do something: so often at once, then once in each stretch of time. It
 * takes no memory for an address, as forged ones cost an attacker nothing: addresses share 4,096
 * places, by chance that nobody outside can know. Thread-safe.
 */
final class AddressPace {
    private static final int PLACES = 4_096;

    private final long gapNanos;
    private final long aheadNanosMax;
    private final LongSupplier nanoClock;

    /** So that nobody can choose an address that shares its place with a victim's. */
    private final int seed = ThreadLocalRandom.current().nextInt();

    /** When each place has done no more than it may, if it does nothing until then. */
    private final AtomicLongArray evenNanos = new AtomicLongArray(PLACES);

    /**
     * So often at once, and then once in each such gap.
     *
     * @param atOnce at least 1
     * @param gapNanos 0 for no bound
     */
    AddressPace(long atOnce, long gapNanos, LongSupplier nanoClock) {
        this.gapNanos = gapNanos;
        this.aheadNanosMax = Math.multiplyExact(atOnce, gapNanos);
        this.nanoClock = nanoClock;
        long now = nanoClock.getAsLong();
        for (int place = 0; place < PLACES; place++) {
            evenNanos.set(place, now);
        }
    }

    /** Does it once from there if it may be done now. */
    boolean take(InetAddress address) {
        if (ahead(address, 1)) {
            return false;
        }
        count(address, 1);
        return true;
    }

    /** Whether once more from there now would be more than this part of what may be at once. */
    boolean ahead(InetAddress address, double part) {
        long now = nanoClock.getAsLong();
        return evenNanos.get(place(address)) + gapNanos - now > (long) (part * aheadNanosMax);
    }

    /** It was done so often from there, or in part; no more is owed than may be done at once. */
    void count(InetAddress address, double times) {
        long now = nanoClock.getAsLong();
        long nanos = (long) (times * gapNanos);
        evenNanos.updateAndGet(
                place(address),
                even -> now + Math.min(2 * aheadNanosMax, Math.max(0, even - now) + nanos));
    }

    private int place(InetAddress address) {
        return Math.floorMod(mix(AddressPrefix.of(address).hashCode() ^ seed), PLACES);
    }

    /** Has each bit change many, as the finalizer of MurmurHash3 does. */
    private static int mix(int hash) {
        int mixed = (hash ^ (hash >>> 16)) * 0x85ebca6b;
        mixed = (mixed ^ (mixed >>> 13)) * 0xc2b2ae35;
        return mixed ^ (mixed >>> 16);
    }
}
