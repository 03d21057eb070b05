package io.qight.identity;

/**
 * The sizes that padded bodies have, so that few of them differ: Padmé, from "Reducing Metadata
 * Leakage from Encrypted Files and Communication with PURBs" (Nikitin, Barman, Lueks, Underwood,
 * Hubaux, Ford: PoPETs 2019, issue 4). The larger a size, the more of its low bits are zero, so
 * that it tells O(log log n) bits; padding to it costs at most 12 %.
 */
final class SizeClass {
    private SizeClass() {}

    /** The smallest class that so many bytes fit into; 2 to 2^30 of them. */
    static int of(int bytes) {
        int exponent = log2(bytes);
        int zeroBits = exponent - (log2(exponent) + 1);
        if (zeroBits <= 0) {
            return bytes;
        }
        int mask = (1 << zeroBits) - 1;
        return bytes + mask & ~mask;
    }

    private static int log2(int value) {
        return Integer.SIZE - 1 - Integer.numberOfLeadingZeros(value);
    }
}
