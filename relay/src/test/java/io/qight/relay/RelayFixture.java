package io.qight.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.qight.relay.flow.Waiting;
import io.qight.store.MailboxStore;
import io.qight.store.StoreStatistics;
import io.qight.transport.TlsIdentity;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;

/** Starts relays for tests and looks whether their counts add up. */
final class RelayFixture {
    private RelayFixture() {}

    /** At a free port of the loopback address. */
    static RelayConfig.Builder config(MailboxStore store, Path directory) {
        return RelayConfig.builder(store, TlsIdentity.development(directory))
                .listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .name("test-relay")
                .drainTimeout(Duration.ofSeconds(5))
                .budgetBytes(64 << 20);
    }

    /** Promise 2, and that nothing is held for nobody. */
    static void assertAddsUp(Relay relay) {
        assertAddsUp(relay.statistics().store());
    }

    static void assertAddsUp(StoreStatistics store) {
        long removed = store.removed().values().stream().mapToLong(Long::longValue).sum();
        assertThat(store.found() + store.appended()).isEqualTo(store.waiting() + removed);
    }

    /** Once all clients are gone, nothing is held. */
    static void assertNothingHeld(Relay relay) {
        Waiting.until("all connections are gone", () -> relay.statistics().connections() == 0);
        Waiting.until("nothing is held", () -> relay.statistics().budgetHeldBytes() == 0);
        assertThat(relay.statistics().budgetWaiting()).isZero();
        assertThat(relay.statistics().budgetHighestBytes())
                .isLessThanOrEqualTo(relay.statistics().budgetCapacityBytes());
    }
}
