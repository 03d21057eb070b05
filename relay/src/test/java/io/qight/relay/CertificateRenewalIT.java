package io.qight.relay;

import static io.qight.relay.SeedClient.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.qight.identity.Identity;
import io.qight.identity.ProofStatement;
import io.qight.identity.SignatureKind;
import io.qight.store.Durability;
import io.qight.store.MemoryStore;
import io.qight.transport.ClientEndpoint;
import io.qight.transport.ConnectionEnd;
import io.qight.transport.TlsIdentity;
import io.qight.transport.TransportException;
import io.qight.transport.TransportSettings;
import io.qight.wire.ErrorCode;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.Mode;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.SecureRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A relay gets another certificate while it runs, with another key, over real QUIC. */
@Timeout(60)
class CertificateRenewalIT {
    private final Identity bob = Identity.generate(new SecureRandom());
    private final ClientEndpoint endpoint =
            ClientEndpoint.open(TransportSettings.defaults().withEventLoops(1));

    @TempDir Path directory;
    private Relay relay;
    private String oldPin;
    private TlsIdentity next;

    @BeforeEach
    void start() {
        relay =
                Relay.start(
                        RelayFixture.config(new MemoryStore(), directory)
                                .transport(TransportSettings.defaults().withEventLoops(2))
                                .durability(Durability.MEMORY)
                                .build());
        oldPin = relay.fingerprint();
        next = TlsIdentity.development(directory.resolve("next"));
    }

    @AfterEach
    void end() {
        RelayFixture.assertNothingHeld(relay);
        endpoint.close();
        relay.close();
    }

    @Test
    void whoComesBackProvesByTheKeyItSawAndReadsItsMailbox() {
        StreamingClient first = StreamingClient.connectEarly(relay, oldPin, endpoint);
        ByteBuffer oldKey = prove(first);
        first.disconnect();
        try (StreamingClient sender = StreamingClient.connect(relay)) {
            StreamingClientStream sends = sender.openOutbox(StreamingClient.randomId(), 1);
            sends.write(StreamingClient.send(1, bob.key().address(), "for bob"));
            assertThat(sends.next()).isInstanceOf(Frame.Receipt.class);

            relay.renew(next);

            // What is open lives on.
            sends.write(StreamingClient.send(2, bob.key().address(), "for bob, too"));
            assertThat(sends.next()).isInstanceOf(Frame.Receipt.class);
        }
        for (int again = 0; again < 2; again++) {
            StreamingClient client = StreamingClient.connectEarly(relay, oldPin, endpoint);
            assertThat(prove(client)).isEqualTo(oldKey);
            assertThat(client.resumed()).isTrue();
            StreamingClientStream fetch =
                    client.open()
                            .write(
                                    new Frame.Subscribe(
                                            StreamingClient.randomId(),
                                            1,
                                            Mode.SHARED,
                                            30_000,
                                            9,
                                            9_999,
                                            0,
                                            0))
                            .write(new Frame.Add(1, bob.key().address()));
            assertThat(fetch.next()).isInstanceOf(Frame.Subscribed.class);
            assertThat(fetch.next()).isEqualTo(new Frame.Added(1, 2));
            client.disconnect();
        }
    }

    @Test
    void whoComesAnewSeesTheNewCertificateAndProvesByIt() {
        relay.renew(next);
        assertThat(relay.fingerprint()).isEqualTo(next.fingerprint()).isNotEqualTo(oldPin);
        StreamingClient client = StreamingClient.connectEarly(relay, relay.fingerprint(), endpoint);
        assertThat(prove(client)).isEqualTo(next.publicKeyHash());
        client.disconnect();
        assertThatThrownBy(() -> StreamingClient.connectEarly(relay, oldPin, endpoint))
                .hasStackTraceContaining(TransportException.Untrusted.class.getSimpleName());
    }

    @Test
    void aKeyThatTheRelayNeverHadProvesNothing() {
        relay.renew(next);
        TlsIdentity another = TlsIdentity.development(directory.resolve("another"));
        StreamingClient client = StreamingClient.connectEarly(relay, relay.fingerprint(), endpoint);
        Frame.Welcome welcome = claim(client);
        client.control().write(proof(welcome, another.publicKeyHash()));
        assertThat(await(client.ended()))
                .isInstanceOfSatisfying(
                        ConnectionEnd.Orderly.class,
                        end -> assertThat(end.code()).isEqualTo(ErrorCode.NOT_PROVED.number()));
    }

    /** Proves, and tells by which of the relay's keys. */
    private ByteBuffer prove(StreamingClient client) {
        Frame.Welcome welcome = claim(client);
        client.resumed();
        ByteBuffer hash = client.relayKeyHash();
        client.control().write(proof(welcome, hash));
        assertThat(client.control().next()).isEqualTo(new Frame.Proved());
        return hash;
    }

    private Frame.Welcome claim(StreamingClient client) {
        client.control().write(new Frame.Hello("me", 0, bob.key().bytes(), ByteBuffer.allocate(0)));
        return (Frame.Welcome) client.control().next();
    }

    private Frame.Prove proof(Frame.Welcome welcome, ByteBuffer relayKeyHash) {
        ProofStatement statement =
                new ProofStatement(
                        welcome.nonce(), relayKeyHash, welcome.serviceName(), "qight/1", "me");
        return new Frame.Prove(bob.sign(SignatureKind.PROVE, statement.bytes()));
    }
}
