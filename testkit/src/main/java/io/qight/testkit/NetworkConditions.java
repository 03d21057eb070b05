package io.qight.testkit;

/**
 * How the network treats packets of one direction at one moment.
 *
 * @param loss the part of packets that are lost, 0 to 1
 * @param duplicate the part that come twice
 * @param corrupt the part of which one bit is turned
 * @param reorder the part that are held back
 * @param holdNanos for how long these are held back
 * @param delayNanos what every packet takes
 * @param jitterNanos how much more or less than that, at most
 * @param rateBytes how many bytes pass in a second; 0 for any number
 * @param queueBytes how many bytes may wait for that
 * @param cut whether nothing passes
 */
record NetworkConditions(
        double loss,
        double duplicate,
        double corrupt,
        double reorder,
        long holdNanos,
        long delayNanos,
        long jitterNanos,
        long rateBytes,
        long queueBytes,
        boolean cut) {
    /** Everything passes at once. */
    static final NetworkConditions CLEAN = new NetworkConditions(0, 0, 0, 0, 0, 0, 0, 0, 0, false);

    NetworkConditions withLoss(double part) {
        return new NetworkConditions(
                part,
                duplicate,
                corrupt,
                reorder,
                holdNanos,
                delayNanos,
                jitterNanos,
                rateBytes,
                queueBytes,
                cut);
    }

    NetworkConditions withDuplicate(double part) {
        return new NetworkConditions(
                loss,
                part,
                corrupt,
                reorder,
                holdNanos,
                delayNanos,
                jitterNanos,
                rateBytes,
                queueBytes,
                cut);
    }

    NetworkConditions withCorrupt(double part) {
        return new NetworkConditions(
                loss,
                duplicate,
                part,
                reorder,
                holdNanos,
                delayNanos,
                jitterNanos,
                rateBytes,
                queueBytes,
                cut);
    }

    NetworkConditions withReorder(double part, long heldNanos) {
        return new NetworkConditions(
                loss,
                duplicate,
                corrupt,
                part,
                heldNanos,
                delayNanos,
                jitterNanos,
                rateBytes,
                queueBytes,
                cut);
    }

    NetworkConditions withDelay(long nanos, long jitter) {
        return new NetworkConditions(
                loss,
                duplicate,
                corrupt,
                reorder,
                holdNanos,
                nanos,
                jitter,
                rateBytes,
                queueBytes,
                cut);
    }

    NetworkConditions withRate(long bytes, long queue) {
        return new NetworkConditions(
                loss,
                duplicate,
                corrupt,
                reorder,
                holdNanos,
                delayNanos,
                jitterNanos,
                bytes,
                queue,
                cut);
    }

    NetworkConditions withCut() {
        return new NetworkConditions(
                loss,
                duplicate,
                corrupt,
                reorder,
                holdNanos,
                delayNanos,
                jitterNanos,
                rateBytes,
                queueBytes,
                true);
    }
}
