package io.qight.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.qight.client.ClientConfig;
import io.qight.client.ClientState;
import io.qight.client.Delivery;
import io.qight.client.RefusedException;
import io.qight.client.RelayClient;
import io.qight.client.SubscribeOptions;
import io.qight.identity.Identity;
import io.qight.relay.Relay;
import io.qight.relay.RelayConfig;
import io.qight.store.MemoryStore;
import io.qight.testkit.RoughNetwork;
import io.qight.transport.TlsIdentity;
import io.qight.transport.Trust;
import io.qight.wire.ErrorCode;
import io.qight.wire.MessageEnvelope;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A key's mailbox is read by who proves the key, over a real connection, and by nobody else. */
@Timeout(60)
class KeyMailboxIT {
    private final Identity bob = Identity.generate(new SecureRandom());
    private final List<RelayClient> clients = new ArrayList<>();

    @TempDir Path directory;
    private TlsIdentity certificate;
    private Relay relay;

    @BeforeEach
    void start() {
        certificate = TlsIdentity.development(directory);
        relay =
                Relay.start(
                        RelayConfig.builder(new MemoryStore(), certificate)
                                .listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                                .build());
    }

    @AfterEach
    void close() {
        clients.forEach(RelayClient::close);
        relay.close();
    }

    @Test
    void theOwnerReadsWhatAnybodySends() throws Exception {
        connect(Optional.empty()).send(envelope("hello"));
        BlockingQueue<Delivery> got = new LinkedBlockingQueue<>();
        connect(Optional.of(bob))
                .subscribe(List.of(address()), got::add, SubscribeOptions.defaults());

        assertThat(got.poll(10, TimeUnit.SECONDS).envelope().payloadText()).isEqualTo("hello");
    }

    @Test
    void whoProvesNothingDoesNotReadIt() {
        assertRefused(connect(Optional.empty()), ErrorCode.NOT_PROVED);
    }

    @Test
    void whoProvesAnotherKeyDoesNotReadIt() {
        Identity eve = Identity.generate(new SecureRandom());
        assertRefused(connect(Optional.of(eve)), ErrorCode.NOT_ALLOWED);
    }

    /** Each after the first goes on from the session before it, which has proved nothing here. */
    @Test
    void anIdentityIsProvedOnEachConnection() throws Exception {
        try (RoughNetwork network = RoughNetwork.before(relay.address(), 1)) {
            RelayClient client =
                    connect(
                            network.address(),
                            trusting()
                                    .withIdentity(bob)
                                    .withPing(Duration.ofMillis(100), Duration.ofMillis(500))
                                    .withReconnect(Duration.ofMillis(5), Duration.ofMillis(50)));
            assertOwns(client, "first");
            for (int i = 0; i < 2; i++) {
                network.cut();
                Conditions.await("the loss", () -> client.state() instanceof ClientState.Waiting);
                network.heal();
                assertOwns(client, "message " + i);
            }
        }
    }

    private void assertOwns(RelayClient client, String payload) {
        client.send(envelope(payload));
        List<MessageEnvelope> fetched = new ArrayList<>();
        client.fetch(address(), fetched::add);
        assertThat(fetched).extracting(MessageEnvelope::payloadText).containsExactly(payload);
    }

    private void assertRefused(RelayClient client, ErrorCode code) {
        assertThatThrownBy(() ->
                        client.subscribe(
                                List.of(address()), delivery -> {}, SubscribeOptions.defaults()))
                .isInstanceOfSatisfying(
                        RefusedException.class,
                        refused -> assertThat(refused.code()).isEqualTo(code));
    }

    private String address() {
        return bob.key().address();
    }

    private MessageEnvelope envelope(String payload) {
        return MessageEnvelope.builder().recipient(address()).payload(payload).build();
    }

    private RelayClient connect(Optional<Identity> identity) {
        ClientConfig config = trusting();
        return connect(relay.address(), identity.map(config::withIdentity).orElse(config));
    }

    private RelayClient connect(InetSocketAddress address, ClientConfig config) {
        RelayClient client = RelayClient.connect("127.0.0.1:" + address.getPort(), config);
        clients.add(client);
        return client;
    }

    private ClientConfig trusting() {
        return ClientConfig.defaults().withTrust(Trust.fingerprint(certificate.fingerprint()));
    }
}
