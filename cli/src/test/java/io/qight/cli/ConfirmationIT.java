package io.qight.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.qight.client.ClientConfig;
import io.qight.client.Delivery;
import io.qight.client.Receipt;
import io.qight.client.RefusedException;
import io.qight.client.RelayClient;
import io.qight.client.SubscribeOptions;
import io.qight.identity.DeliveryProof;
import io.qight.identity.Identity;
import io.qight.identity.Protection;
import io.qight.identity.Storage;
import io.qight.relay.Relay;
import io.qight.relay.RelayConfig;
import io.qight.store.MemoryStore;
import io.qight.transport.TlsIdentity;
import io.qight.transport.Trust;
import io.qight.wire.ErrorCode;
import io.qight.wire.MessageEnvelope;
import io.qight.wire.v1.Id;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A receiver tells the sender what it has received, so that the sender can show it to others. */
@Timeout(60)
class ConfirmationIT {
    private final Identity alice = Identity.generate(new SecureRandom());
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
                                .receiptKey(Identity.generate(new SecureRandom()))
                                .build());
    }

    @AfterEach
    void close() {
        clients.forEach(RelayClient::close);
        relay.close();
    }

    @Test
    void theSenderLearnsThatWhatTheRelayStoredWasReceived() throws Exception {
        RelayClient sender = connect(config -> config.withIdentity(alice).withSignedReceipts());
        MessageEnvelope envelope = envelope(address(bob));
        Receipt.Stored stored = (Receipt.Stored) sender.send(envelope);
        RelayClient receiver = connect(config -> config.withIdentity(bob));
        Delivery delivery = received(receiver, address(bob));
        assertThat(delivery.sealed()).isTrue();
        receiver.confirm(delivery);

        Delivery confirmation = received(sender, address(alice));
        assertThat(confirmation.sealed()).isTrue();
        assertThat(confirmation.envelope().sender()).isEqualTo(address(bob));
        assertThat(DeliveryProof.isConfirmation(confirmation.envelope())).isTrue();
        DeliveryProof proof = DeliveryProof.ofText(confirmation.envelope().payloadText());
        Storage storage = stored.proof().orElseThrow().storage();
        UUID id = UUID.fromString(envelope.id());
        assertThat(proof.receiver()).isEqualTo(bob.key());
        assertThat(proof.mailbox()).isEqualTo(address(bob)).isEqualTo(storage.mailbox());
        assertThat(proof.digest()).isEqualTo(storage.digest());
        assertThat(proof.id())
                .isEqualTo(storage.id())
                .isEqualTo(new Id(id.getMostSignificantBits(), id.getLeastSignificantBits()));
    }

    @Test
    void whatWasSignedInTheClearForANameIsConfirmedToo() throws Exception {
        RelayClient sender = connect(config -> config.withIdentity(alice).withSignedReceipts());
        Receipt.Stored stored =
                (Receipt.Stored) sender.send(envelope("carol"), Protection.NONE.withSignature());
        RelayClient receiver = connect(config -> config.withIdentity(bob));
        Delivery delivery = received(receiver, "carol");
        receiver.confirmAsync(delivery).get(10, TimeUnit.SECONDS);

        DeliveryProof proof =
                DeliveryProof.ofText(sender.fetch(address(alice)).get(0).payloadText());
        assertThat(proof.receiver()).isEqualTo(bob.key());
        assertThat(proof.mailbox()).isEqualTo("carol");
        assertThat(proof.digest()).isEqualTo(stored.proof().orElseThrow().storage().digest());
    }

    @Test
    void aConfirmationIsNotConfirmed() throws Exception {
        RelayClient sender = connect(config -> config.withIdentity(alice));
        RelayClient receiver = connect(config -> config.withIdentity(bob));
        sender.send(envelope(address(bob)));
        receiver.confirm(received(receiver, address(bob)));
        Delivery confirmation = received(sender, address(alice));

        assertThat(confirmation.confirmable()).isFalse();
        assertRefused(sender, confirmation, ErrorCode.NOT_ALLOWED);
        assertThat(receiver.fetch(address(bob))).isEmpty();
    }

    @Test
    void whatNobodySignedIsNotConfirmed() throws Exception {
        connect(config -> config).send(envelope(address(bob)));
        RelayClient receiver = connect(config -> config.withIdentity(bob));
        Delivery delivery = received(receiver, address(bob));

        assertThat(delivery.confirmable()).isFalse();
        assertRefused(receiver, delivery, ErrorCode.NOT_ALLOWED);
        assertThat(delivery.proof(bob).receiver()).isEqualTo(bob.key());
    }

    @Test
    void whoHasNoIdentityConfirmsNothing() throws Exception {
        connect(config -> config.withIdentity(alice))
                .send(envelope("carol"), Protection.NONE.withSignature());
        RelayClient receiver = connect(config -> config);
        assertRefused(receiver, received(receiver, "carol"), ErrorCode.NOT_PROVED);
    }

    private static void assertRefused(RelayClient client, Delivery delivery, ErrorCode code) {
        assertThatThrownBy(() -> client.confirm(delivery))
                .isInstanceOfSatisfying(
                        RefusedException.class, e -> assertThat(e.code()).isEqualTo(code));
        assertThatThrownBy(() -> client.confirmAsync(delivery).get(10, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(RefusedException.class);
    }

    private static Delivery received(RelayClient client, String mailbox) throws Exception {
        BlockingQueue<Delivery> got = new LinkedBlockingQueue<>();
        client.subscribe(List.of(mailbox), got::add, SubscribeOptions.defaults());
        return Objects.requireNonNull(got.poll(10, TimeUnit.SECONDS), "no delivery in time");
    }

    private static MessageEnvelope envelope(String mailbox) {
        return MessageEnvelope.builder().recipient(mailbox).payload("hello").build();
    }

    private static String address(Identity identity) {
        return identity.key().address();
    }

    private RelayClient connect(UnaryOperator<ClientConfig> change) {
        ClientConfig config =
                ClientConfig.defaults().withTrust(Trust.fingerprint(certificate.fingerprint()));
        RelayClient client =
                RelayClient.connect("127.0.0.1:" + relay.address().getPort(), change.apply(config));
        clients.add(client);
        return client;
    }
}
