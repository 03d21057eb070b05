package io.qight.store.embedded;

import io.qight.store.Durability;

/**
 * How an {@link EmbeddedStore} works.
 *
 * @param durability what a returned commit has survived: {@code FSYNC} or {@code OS}
 * @param segmentBytes the size to which segments of the log grow, 64 KiB to 256 MiB. The largest
 *     envelope that the store takes is 4 KiB smaller
 */
public record EmbeddedStoreConfig(Durability durability, int segmentBytes) {
    private static final int SEGMENT_BYTES_MIN = 64 << 10;
    private static final int SEGMENT_BYTES_MAX = 256 << 20;

    /** Checks the options. */
    public EmbeddedStoreConfig {
        if (durability == Durability.MEMORY) {
            throw new IllegalArgumentException("durability memory is a store of its own");
        }
        if (segmentBytes < SEGMENT_BYTES_MIN || segmentBytes > SEGMENT_BYTES_MAX) {
            throw new IllegalArgumentException(
                    "a segment has 64 KiB to 256 MiB, not " + segmentBytes + " bytes");
        }
    }

    /** Synced commits, segments of 64 MiB. */
    public static EmbeddedStoreConfig defaults() {
        return new EmbeddedStoreConfig(Durability.FSYNC, 64 << 20);
    }

    /** The same with another durability. */
    public EmbeddedStoreConfig withDurability(Durability other) {
        return new EmbeddedStoreConfig(other, segmentBytes);
    }

    /** The same with segments of another size, in bytes; rounded down to whole KiB. */
    public EmbeddedStoreConfig withSegmentBytes(int bytes) {
        return new EmbeddedStoreConfig(durability, bytes & -1024);
    }
}
