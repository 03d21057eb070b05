package io.qight.testkit;

/**
 * What is to become of one packet, but for the rate limit, which depends on the others.
 *
 * @param lost whether it is lost, and then nothing else counts
 * @param delayNanos what it takes
 * @param holdNanos for how long it is held back beyond that, so that later ones pass it; 0 if not
 * @param duplicated whether it comes twice
 * @param corruptBit which of its bits is turned; -1 if none
 */
record PacketFate(
        boolean lost, long delayNanos, long holdNanos, boolean duplicated, long corruptBit) {}
