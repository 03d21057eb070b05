package io.qight.store.embedded;

import io.qight.store.Durability;

/** The same promises without a sync, and in segments that hold one large envelope each. */
class UnsyncedContractTest extends EmbeddedStoreContractTest {
    @Override
    EmbeddedStoreConfig config() {
        return EmbeddedStoreConfig.defaults()
                .withDurability(Durability.OS)
                .withSegmentBytes((16 << 20) + (64 << 10));
    }
}
