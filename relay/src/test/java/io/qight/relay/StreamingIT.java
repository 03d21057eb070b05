package io.qight.relay;

import static io.qight.relay.SeedClient.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.qight.identity.Identity;
import io.qight.identity.ProofStatement;
import io.qight.identity.SignatureKind;
import io.qight.store.Durability;
import io.qight.store.MemoryStore;
import io.qight.transport.ClientEndpoint;
import io.qight.transport.ConnectionEnd;
import io.qight.transport.TransportSettings;
import io.qight.wire.ErrorCode;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.Id;
import io.qight.wire.v1.ReceiptOutcome;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The control stream, and what all streams have in common, over real QUIC. */
class StreamingIT {
    @TempDir Path directory;
    private Relay relay;

    @BeforeEach
    void start() {
        relay =
                Relay.start(
                        RelayFixture.config(new MemoryStore(), directory)
                                .durability(Durability.MEMORY)
                                .build());
    }

    @AfterEach
    void end() {
        RelayFixture.assertNothingHeld(relay);
        relay.close();
    }

    @Test
    void helloIsAnsweredWithTheLimits() {
        try (StreamingClient client = StreamingClient.connectSilently(relay)) {
            assertThat(client.hello())
                    .isInstanceOfSatisfying(
                            Frame.Welcome.class,
                            welcome -> {
                                assertThat(welcome.relayName()).isEqualTo("test-relay");
                                assertThat(welcome.durability()).isEqualTo(3);
                                assertThat(welcome.limits().sendEnvelopes()).isEqualTo(4096);
                                assertThat(welcome.limits().idleMillis()).isEqualTo(30_000);
                            });
            client.control().write(new Frame.Ping(77));
            assertThat(client.control().next()).isEqualTo(new Frame.Pong(77));
        }
    }

    @Test
    void bothVersionsAreServedAtOnePort() {
        try (StreamingClient one = StreamingClient.connect(relay);
                SeedClient zero = SeedClient.connect(relay)) {
            assertThat(zero.hello("me")).contains("test-relay");
            one.control().write(new Frame.Ping(1));
            assertThat(one.control().next()).isEqualTo(new Frame.Pong(1));
        }
    }

    @Test
    void silentClientIsClosedAfterThreeSeconds() {
        try (StreamingClient client = StreamingClient.connectSilently(relay)) {
            assertThat(closedWith(client)).isEqualTo(ErrorCode.REQUEST_TIMEOUT.number());
        }
    }

    @Test
    void endOfTheControlStreamClosesTheConnection() {
        try (StreamingClient client = StreamingClient.connect(relay)) {
            client.control().finish();
            assertThat(closedWith(client)).isZero();
        }
    }

    @Test
    void streamsBeforeHelloAreHeldUnread() {
        try (StreamingClient client = StreamingClient.connectSilently(relay)) {
            StreamingClientStream stream = client.open().write(new byte[] {1, 63});
            client.control().write(new byte[] {11});
            assertThat(stream.queuedBytes()).isZero();
            assertThat(stream.none()).isTrue();
            client.control().write(new byte[] {1, 5, 'a', 'l', 'i', 'c', 'e', 0, 0, 0, 0});
            assertThat(client.control().next()).isInstanceOf(Frame.Welcome.class);
            assertRefused(stream, ErrorCode.UNKNOWN_FRAME);
        }
    }

    @Test
    void clientThatComesBackIsServedFromItsFirstFlight() {
        Id outbox = StreamingClient.randomId();
        TransportSettings settings = TransportSettings.defaults().withEventLoops(1);
        try (ClientEndpoint endpoint = ClientEndpoint.open(settings)) {
            for (int run = 1; run <= 3; run++) {
                StreamingClient client = StreamingClient.connectEarly(relay, endpoint);
                client.control().write(StreamingClient.hello("me"));
                StreamingClientStream stream =
                        client.openOutbox(outbox, run).write(StreamingClient.send(run, "bob", "x"));
                assertThat(client.control().next()).isInstanceOf(Frame.Welcome.class);
                assertThat(stream.next())
                        .isEqualTo(new Frame.Receipt(run, 0, new ReceiptOutcome.Stored(3)));
                assertThat(client.resumed()).isEqualTo(run > 1);
                client.disconnect();
            }
        }
    }

    @Test
    void anIdentityIsProvedToThisRelayAlone() {
        Identity alice = Identity.generate(new SecureRandom());
        try (StreamingClient client = StreamingClient.connectSilently(relay)) {
            Frame.Welcome welcome = claim(client, alice);
            client.control().write(proof(alice, welcome, client.relayKeyHash()));
            assertThat(client.control().next()).isEqualTo(new Frame.Proved());
        }
        try (StreamingClient client = StreamingClient.connectSilently(relay)) {
            Frame.Welcome welcome = claim(client, alice);
            client.control().write(proof(alice, welcome, ByteBuffer.allocate(32)));
            assertThat(closedWith(client)).isEqualTo(ErrorCode.NOT_PROVED.number());
        }
    }

    @Test
    void aProofServesOnce() {
        Identity alice = Identity.generate(new SecureRandom());
        Frame.Prove first;
        try (StreamingClient client = StreamingClient.connectSilently(relay)) {
            first = proof(alice, claim(client, alice), client.relayKeyHash());
            client.control().write(first);
            assertThat(client.control().next()).isEqualTo(new Frame.Proved());
        }
        try (StreamingClient client = StreamingClient.connectSilently(relay)) {
            claim(client, alice);
            client.control().write(first);
            assertThat(closedWith(client)).isEqualTo(ErrorCode.NOT_PROVED.number());
        }
    }

    private static Frame.Welcome claim(StreamingClient client, Identity identity) {
        client.control()
                .write(new Frame.Hello("me", 0, identity.key().bytes(), ByteBuffer.allocate(0)));
        return (Frame.Welcome) client.control().next();
    }

    private static Frame.Prove proof(
            Identity identity, Frame.Welcome welcome, ByteBuffer relayKeyHash) {
        ProofStatement statement =
                new ProofStatement(
                        welcome.nonce(), relayKeyHash, welcome.serviceName(), "qight/1", "me");
        return new Frame.Prove(identity.sign(SignatureKind.PROVE, statement.bytes()));
    }

    @Test
    void streamThatEndsWithinAFrameIsRefused() {
        try (StreamingClient client = StreamingClient.connect(relay)) {
            StreamingClientStream stream = client.open().write(new byte[] {31, 16, 1}).finish();
            assertRefused(stream, ErrorCode.MALFORMED_FRAME);
        }
    }

    @Test
    void streamThatEndsWithNothingOnItIsEnded() {
        try (StreamingClient client = StreamingClient.connect(relay)) {
            await(client.open().finish().ended());
        }
    }

    @Test
    void streamThatTheRelayHasEndedDoesNotCount() {
        try (StreamingClient client = StreamingClient.connect(relay)) {
            List<StreamingClientStream> streams = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                streams.add(client.openOutbox(StreamingClient.randomId(), 1));
            }
            assertRefused(
                    client.openOutbox(StreamingClient.randomId(), 1), ErrorCode.TOO_MANY_STREAMS);
            streams.get(0).finish();
            await(streams.get(0).ended());
            StreamingClientStream next = client.openOutbox(StreamingClient.randomId(), 1);
            next.write(StreamingClient.send(1, "bob", "one"));
            assertThat(next.next()).isInstanceOf(Frame.Receipt.class);
        }
    }

    @Test
    void drainingRelayTellsSoAndCloses() throws Exception {
        Relay other = Relay.start(RelayFixture.config(new MemoryStore(), directory).build());
        try (StreamingClient client = StreamingClient.connect(other)) {
            Thread closing = new Thread(other::close);
            closing.start();
            assertThat(client.control().next())
                    .isInstanceOfSatisfying(
                            Frame.GoAway.class,
                            goAway ->
                                    assertThat(goAway.code())
                                            .isEqualTo(ErrorCode.DRAINING.number()));
            assertThat(closedWith(client)).isEqualTo(ErrorCode.DRAINING.number());
            closing.join();
        }
    }

    private static void assertRefused(StreamingClientStream stream, ErrorCode code) {
        assertThat(stream.next())
                .isInstanceOfSatisfying(
                        Frame.StreamError.class,
                        error -> assertThat(error.code()).isEqualTo(code.number()));
        await(stream.ended());
    }

    private static long closedWith(StreamingClient client) {
        return ((ConnectionEnd.Orderly) await(client.ended())).code();
    }
}
