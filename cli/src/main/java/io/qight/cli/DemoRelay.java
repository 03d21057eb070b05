package io.qight.cli;

import io.qight.client.ClientConfig;
import io.qight.client.RelayClient;
import io.qight.relay.Relay;
import io.qight.relay.RelayConfig;
import io.qight.store.MailboxStore;
import io.qight.store.Removal;
import io.qight.store.embedded.EmbeddedStore;
import io.qight.store.embedded.EmbeddedStoreConfig;
import io.qight.transport.TlsIdentity;
import io.qight.transport.Trust;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A relay of the demo's own: on disk in a temporary directory, to be stopped and started again. */
final class DemoRelay implements AutoCloseable {
    private final TemporaryDirectory directory;
    private final TlsIdentity identity;
    private @Nullable Relay relay;

    private DemoRelay(TemporaryDirectory directory) {
        this.directory = directory;
        this.identity = TlsIdentity.development(directory.path());
    }

    /** Not yet started. */
    static DemoRelay create() throws IOException {
        return new DemoRelay(TemporaryDirectory.create(Optional.empty(), "qight-demo-"));
    }

    /** Starts a relay on the store, wherever it was left; on another free port each time. */
    void start() {
        MailboxStore store = EmbeddedStore.open(store(), EmbeddedStoreConfig.defaults());
        relay =
                Relay.start(
                        RelayConfig.builder(store, identity)
                                .listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                                .build());
    }

    /** Ends the relay and closes the store. */
    void stop() {
        running().close();
        relay = null;
    }

    String address() {
        return AddressConverter.text(running().address());
    }

    String fingerprint() {
        return identity.fingerprint();
    }

    Path store() {
        return DataDirectory.store(directory.path());
    }

    /** How many messages waited in the store when the relay opened it. */
    long found() {
        return running().statistics().store().found();
    }

    /** How many messages ended by their time to live since the relay started. */
    long expired() {
        return running().statistics().store().removed().getOrDefault(Removal.EXPIRED, 0L);
    }

    /** A connected client that trusts this relay. */
    RelayClient connect() {
        return RelayClient.connect(
                address(), ClientConfig.defaults().withTrust(Trust.fingerprint(fingerprint())));
    }

    /** Ends the relay and removes the directory. */
    @Override
    public void close() throws IOException {
        if (relay != null) {
            stop();
        }
        directory.close();
    }

    private Relay running() {
        if (relay == null) {
            throw new IllegalStateException("the relay is not running");
        }
        return relay;
    }
}
