package io.qight.testkit;

import java.util.SplittableRandom;

/**
 * Decides what becomes of each packet. Pure: the seed, the packet's place (its flow, direction and
 * index there) and the conditions decide alone, whatever was decided of other packets. A packet's
 * choices are drawn in a fixed order and all of them each time, so a change of one condition leaves
 * what the others decide as it was.
 */
final class PacketDecisions {
    private final long seed;

    PacketDecisions(long seed) {
        this.seed = seed;
    }

    PacketFate decide(
            long flow, Direction direction, long index, int sizeBytes, NetworkConditions now) {
        SplittableRandom random = randomOf(flow, direction, index);
        boolean lost = random.nextDouble() < now.loss();
        boolean duplicated = random.nextDouble() < now.duplicate();
        boolean corrupted = random.nextDouble() < now.corrupt();
        boolean held = random.nextDouble() < now.reorder();
        double swing = random.nextDouble() * 2 - 1;
        double place = random.nextDouble();
        return new PacketFate(
                lost,
                Math.max(0, now.delayNanos() + (long) (swing * now.jitterNanos())),
                held ? now.holdNanos() : 0,
                duplicated,
                corrupted ? (long) (place * sizeBytes * 8) : -1);
    }

    private SplittableRandom randomOf(long flow, Direction direction, long index) {
        int way = direction == Direction.TO_RELAY ? 0 : 1;
        long stream = mix(mix(seed) + flow * 2 + way);
        return new SplittableRandom(mix(stream + index));
    }

    /** Spreads neighbouring numbers far apart; the finisher of a well-known hash. */
    private static long mix(long number) {
        long mixed = number + 0x9e3779b97f4a7c15L;
        mixed = (mixed ^ (mixed >>> 30)) * 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
        return mixed ^ (mixed >>> 31);
    }
}
