package io.qight.relay.delivery;

import io.qight.wire.v1.Mode;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What the checker knows of one subscription. */
final class ModelSubscription {
    final TreeMap<Long, ModelLease> leases = new TreeMap<>();
    @Nullable ModelStream stream;
    Mode mode = Mode.SHARED;
    long opening;
    long lastNumber;
    long leaseMillis;
    long graceEndMillis;

    /** Whether it acked what is gone, and the store may have been asked. */
    boolean asksForGone;

    long countedEnvelopes() {
        return leases.values().stream().filter(lease -> lease.counted).count();
    }

    long countedBytes() {
        return leases.values().stream()
                .filter(lease -> lease.counted)
                .mapToLong(lease -> lease.bytes)
                .sum();
    }
}
