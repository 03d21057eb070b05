package io.qight.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.qight.client.ClientConfig;
import io.qight.client.Receipt;
import io.qight.client.RefusedException;
import io.qight.client.RelayClient;
import io.qight.identity.Grant;
import io.qight.identity.GrantTerms;
import io.qight.identity.GrantTerms.Rate;
import io.qight.identity.Identity;
import io.qight.relay.Relay;
import io.qight.relay.RelayConfig;
import io.qight.store.MemoryStore;
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
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who may send to a key's mailbox, over real connections. */
@Timeout(60)
class GrantIT {
    private final Identity bob = Identity.generate(new SecureRandom());
    private final Identity pass = Identity.generate(new SecureRandom());
    private final List<RelayClient> clients = new ArrayList<>();

    @TempDir Path directory;
    private TlsIdentity certificate;
    private Relay relay;
    private RelayClient owner;

    @BeforeEach
    void start() {
        certificate = TlsIdentity.development(directory);
        relay =
                Relay.start(
                        RelayConfig.builder(new MemoryStore(), certificate)
                                .listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                                .mailboxEnvelopesMax(50)
                                .build());
        owner = connect(Optional.of(bob), Duration.ofSeconds(20));
    }

    @AfterEach
    void close() {
        clients.forEach(RelayClient::close);
        relay.close();
    }

    @Test
    void whereGrantsAreDemandedOnlyGrantedSendersAndTheOwnerSend() {
        owner.demandGrants(true);
        RelayClient alice = connect();
        assertRefused(alice, ErrorCode.NOT_ALLOWED);
        alice.use(grant(Duration.ofHours(1), Rate.perSecond(100), 1_000), pass);
        assertThat(alice.send(envelope("by grant"))).isInstanceOf(Receipt.Stored.class);
        assertThat(owner.send(envelope("to myself"))).isInstanceOf(Receipt.Stored.class);
        owner.demandGrants(false);
        assertThat(connect().send(envelope("again"))).isInstanceOf(Receipt.Stored.class);
        assertThat(owner.fetch(bob.key().address())).hasSize(3);
    }

    @Test
    void aGrantIsProvedOnEachConnectionAlsoOnATicket() {
        owner.demandGrants(true);
        Grant grant = grant(Duration.ofHours(1), Rate.perSecond(100), 1_000);
        for (int i = 0; i < 3; i++) {
            RelayClient alice = connect();
            alice.use(grant, pass);
            assertThat(alice.send(envelope("message " + i))).isInstanceOf(Receipt.Stored.class);
            alice.close();
        }
    }

    @Test
    void aRevokedGrantEndsOnAStreamThatIsOpen() {
        Grant grant = grant(Duration.ofHours(1), Rate.perSecond(100), 1_000);
        RelayClient alice = connect();
        alice.use(grant, pass);
        alice.send(envelope("before"));
        owner.revoke(grant);
        assertRefused(alice, ErrorCode.NOT_ALLOWED);
        alice.use(grant(Duration.ofHours(1), Rate.perSecond(100), 1_000), pass);
        alice.send(envelope("by another"));
    }

    @Test
    void anExpiredGrantIsOfNoUse() {
        RelayClient alice = connect();
        long now = System.currentTimeMillis();
        GrantTerms terms =
                GrantTerms.of(pass.key(), now - 2_000, now - 1_000, Rate.perSecond(1), 1_000);
        alice.use(Grant.sign(bob, terms), pass);
        assertRefused(alice, ErrorCode.NOT_ALLOWED);
    }

    @Test
    void whatIsLargerThanTheGrantAllowsIsRefused() {
        RelayClient alice = connect();
        alice.use(grant(Duration.ofHours(1), Rate.perSecond(100), 200), pass);
        alice.send(envelope("small"));
        assertThatThrownBy(() -> alice.send(envelope("x".repeat(300))))
                .isInstanceOfSatisfying(
                        RefusedException.class,
                        refused -> assertThat(refused.code()).isEqualTo(ErrorCode.ENVELOPE_SIZE));
    }

    @Test
    void whatComesTooFastIsSentWhenTheGrantAllowsIt() {
        RelayClient alice = connect();
        alice.use(grant(Duration.ofHours(1), new Rate(20, 1_000, 2), 1_000), pass);
        long start = System.nanoTime();
        List<CompletableFuture<Receipt>> receipts = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            receipts.add(alice.sendAsync(envelope("message " + i)));
        }
        receipts.forEach(CompletableFuture::join);
        assertThat(Duration.ofNanos(System.nanoTime() - start))
                .isGreaterThan(Duration.ofMillis(490));
        assertThat(owner.fetch(bob.key().address()))
                .extracting(MessageEnvelope::payloadText)
                .startsWith("message 0", "message 1", "message 2")
                .hasSize(12);
    }

    @Test
    void strangersHaveATenthAndAGrantedSenderGoesOn() {
        RelayClient eve = connect();
        for (int i = 0; i < 5; i++) {
            eve.send(envelope("noise"));
        }
        assertRefused(eve, ErrorCode.MAILBOX_FULL);
        RelayClient alice = connect();
        alice.use(grant(Duration.ofHours(1), Rate.perSecond(100), 1_000), pass);
        for (int i = 0; i < 20; i++) {
            alice.send(envelope("message"));
        }
        assertThat(owner.fetch(bob.key().address())).hasSize(25);
        eve.send(envelope("noise"));
    }

    @Test
    void onlyAnIdentityRevokesAndDemands() {
        RelayClient nobody = connect();
        Grant grant = grant(Duration.ofHours(1), Rate.perSecond(100), 1_000);
        assertThatThrownBy(() -> nobody.demandGrants(true)).isInstanceOf(RefusedException.class);
        assertThatThrownBy(() -> nobody.revoke(grant)).isInstanceOf(RefusedException.class);
        RelayClient other = connect(Optional.of(pass), Duration.ofSeconds(20));
        assertThatThrownBy(() -> other.revoke(grant)).isInstanceOf(RefusedException.class);
    }

    private static void assertRefused(RelayClient client, ErrorCode code, MessageEnvelope what) {
        assertThatThrownBy(() -> client.send(what))
                .isInstanceOfSatisfying(
                        RefusedException.class,
                        refused -> assertThat(refused.code()).isEqualTo(code));
    }

    private void assertRefused(RelayClient client, ErrorCode code) {
        assertRefused(client, code, envelope("refused"));
    }

    private Grant grant(Duration life, Rate rate, long bytesMax) {
        long now = System.currentTimeMillis() - 1_000;
        return Grant.sign(
                bob, GrantTerms.of(pass.key(), now, now + life.toMillis(), rate, bytesMax));
    }

    private MessageEnvelope envelope(String payload) {
        return MessageEnvelope.builder().recipient(bob.key().address()).payload(payload).build();
    }

    private RelayClient connect() {
        return connect(Optional.empty(), Duration.ofSeconds(2));
    }

    private RelayClient connect(Optional<Identity> identity, Duration sendTimeout) {
        ClientConfig config =
                ClientConfig.defaults()
                        .withSendTimeout(sendTimeout)
                        .withTrust(Trust.fingerprint(certificate.fingerprint()));
        RelayClient client =
                RelayClient.connect(
                        "127.0.0.1:" + relay.address().getPort(),
                        identity.map(config::withIdentity).orElse(config));
        clients.add(client);
        return client;
    }
}
