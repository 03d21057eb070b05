package io.qight.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.qight.relay.flow.Waiting;
import io.qight.store.Durability;
import io.qight.store.MemoryStore;
import io.qight.transport.ClientEndpoint;
import io.qight.transport.ConnectionEnd;
import io.qight.transport.TransportSettings;
import io.qight.wire.ErrorCode;
import io.qight.wire.MessageEnvelope;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.Id;
import io.qight.wire.v1.Mode;
import io.qight.wire.v1.ReceiptOutcome;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What clients that come back say before the handshake is done, and who says it again. */
@Timeout(60)
final class EarlyDataIT {
    /** One event loop, so that datagrams are read in their order; impatient, to see ends. */
    private static final TransportSettings SETTINGS =
            TransportSettings.defaults().withEventLoops(1).withIdleTimeout(Duration.ofSeconds(3));

    private static final ReceiptOutcome STORED = new ReceiptOutcome.Stored(3);

    @TempDir Path directory;
    private final Id outbox = StreamingClient.randomId();
    private final ClientEndpoint endpoint = ClientEndpoint.open(SETTINGS);
    private Relay relay;
    private Tape path;

    @BeforeEach
    void start() {
        relay =
                Relay.start(
                        RelayFixture.config(new MemoryStore(), directory)
                                .durability(Durability.MEMORY)
                                .transport(SETTINGS)
                                .build());
        path = new Tape(relay.address());
    }

    @AfterEach
    void end() {
        endpoint.close();
        path.close();
        RelayFixture.assertNothingHeld(relay);
        RelayFixture.assertAddsUp(relay);
        relay.close();
    }

    @Test
    void welcomeAndReceiptsComeInOneRoundTrip() {
        leaveTicket();
        path.holdAnswers();
        StreamingClient client = connectEarly();
        StreamingClientStream sends = sayHelloAndSend(client, 1);
        Waiting.until("the envelope is stored", () -> relay.statistics().store().appended() == 1);
        // What the client says from now on, to end the handshake too, is lost.
        path.deafenRelay(true);
        path.letAnswersThrough();
        assertThat(client.control().next()).isInstanceOf(Frame.Welcome.class);
        assertThat(sends.next()).isEqualTo(new Frame.Receipt(1, 0, STORED));
        assertThat(client.resumed()).isTrue();
    }

    @Test
    void fetchWaitsForTheHandshake() {
        append("one");
        leaveTicket();
        path.holdAnswers();
        StreamingClient client = connectEarly();
        StreamingClientStream fetch = subscribe(client);
        StreamingClientStream sends = sayHelloAndSend(client, 1);
        Waiting.until("the second is stored", () -> relay.statistics().store().appended() == 2);
        path.deafenRelay(true);
        path.letAnswersThrough();
        assertThat(sends.next()).isEqualTo(new Frame.Receipt(1, 0, STORED));
        assertThat(client.resumed()).isTrue();
        assertThat(fetch.none()).isTrue();
        assertThat(fetchAll()).isEqualTo(2);
        path.deafenRelay(false);
        assertThat(fetch.next()).isInstanceOf(Frame.Subscribed.class);
        assertThat(fetch.next()).isInstanceOf(Frame.Added.class);
        client.disconnect();
    }

    @Test
    void replayOfAFirstFlightChangesNothing() {
        append("one");
        leaveTicket();
        path.record();
        path.holdAnswers();
        StreamingClient client = connectEarly();
        StreamingClientStream sends = sayHelloAndSend(client, 1);
        Waiting.until("the second is stored", () -> relay.statistics().store().appended() == 2);
        path.stop();
        path.letAnswersThrough();
        assertThat(sends.next()).isEqualTo(new Frame.Receipt(1, 0, STORED));
        client.disconnect();
        Waiting.until("the client is gone", () -> relay.statistics().connections() == 0);
        path.replay();
        Waiting.until("the relay took it up", () -> relay.statistics().connections() == 1);
        Waiting.until("the outbox is not opened again", () -> refusals(ErrorCode.TAKEN_OVER) == 1);
        assertThat(relay.statistics().store().appended()).isEqualTo(2);
        assertThat(fetchAll()).isEqualTo(2);
        Waiting.until("the replay is given up", () -> relay.statistics().connections() == 0);
        assertThat(relay.statistics().store().appended()).isEqualTo(2);
    }

    @Test
    void firstFlightThatOnlyTheReplayBroughtIsStoredOnce() {
        leaveTicket();
        path.record();
        path.deafenRelay(true);
        sayHelloAndSend(connectEarly(), 1);
        Waiting.until(
                "an envelope of the replay is stored",
                () -> {
                    path.replay();
                    return relay.statistics().store().appended() == 1;
                });
        try (StreamingClient client = StreamingClient.connect(relay)) {
            StreamingClientStream sends = openOutbox(client, 2);
            sends.write(StreamingClient.send(1, "bob", "two"), StreamingClient.send(2, "bob", "x"));
            assertThat(sends.next())
                    .isEqualTo(new Frame.Receipt(1, 0, new ReceiptOutcome.Duplicate(3)));
            assertThat(sends.next()).isEqualTo(new Frame.Receipt(2, 0, STORED));
        }
        assertThat(relay.statistics().store().appended()).isEqualTo(2);
    }

    @Test
    void versionZeroActsOnNothingBeforeTheHandshake() {
        MessageEnvelope envelope = MessageEnvelope.builder().recipient("bob").payload("x").build();
        SeedClient first = SeedClient.connectEarly(relay, path.address(), endpoint);
        first.hello("a");
        first.hello("b");
        first.disconnect();
        path.record();
        SeedClient client = SeedClient.connectEarly(relay, path.address(), endpoint);
        assertThat(client.send(envelope)).isEqualTo("OK\n");
        client.disconnect();
        Waiting.until("the client is gone", () -> relay.statistics().connections() == 0);
        path.replay();
        Waiting.until("the relay has answered", () -> path.answersToReplay() > 0);
        append("two");
        assertThat(relay.statistics().store().appended()).isEqualTo(2);
        assertThat(fetchAll()).isEqualTo(2);
        assertThat(relay.statistics().connections()).isLessThanOrEqualTo(1);
    }

    @Test
    void clientThatSaysHelloButAgreedToVersionZeroIsClosed() {
        SeedClient first = SeedClient.connectEarly(relay, path.address(), endpoint);
        first.hello("a");
        first.hello("b");
        first.disconnect();
        Waiting.until("the client is gone", () -> relay.statistics().connections() == 0);
        path.holdAnswers();
        SeedClient client = SeedClient.connectEarly(relay, path.address(), endpoint);
        client.open().write(new byte[] {11, 1, 5, 'a', 'l', 'i', 'c', 'e', 0, 0, 0, 0});
        Waiting.until("the relay took it up", () -> relay.statistics().connections() == 1);
        path.letAnswersThrough();
        assertThat(SeedClient.await(client.ended()))
                .isInstanceOfSatisfying(
                        ConnectionEnd.Orderly.class,
                        end ->
                                assertThat(end.code())
                                        .isEqualTo(ErrorCode.MALFORMED_REQUEST.number()));
    }

    private void leaveTicket() {
        StreamingClient first = connectEarly();
        assertThat(first.hello()).isInstanceOf(Frame.Welcome.class);
        // The ticket came before the answer, or before the next if that was lost.
        first.control().write(new Frame.Ping(1));
        assertThat(first.control().next()).isEqualTo(new Frame.Pong(1));
        first.disconnect();
        Waiting.until("the client is gone", () -> relay.statistics().connections() == 0);
    }

    private StreamingClient connectEarly() {
        return StreamingClient.connectEarly(relay, path.address(), endpoint);
    }

    private StreamingClientStream sayHelloAndSend(StreamingClient client, long opening) {
        client.control().write(StreamingClient.hello("early"));
        return openOutbox(client, opening).write(StreamingClient.send(1, "bob", "two"));
    }

    private StreamingClientStream openOutbox(StreamingClient client, long opening) {
        return client.openOutbox(outbox, opening);
    }

    private static StreamingClientStream subscribe(StreamingClient client) {
        return client.open()
                .write(
                        new Frame.Subscribe(
                                StreamingClient.randomId(), 1, Mode.SHARED, 30_000, 9, 9_999, 0, 0))
                .write(new Frame.Add(1, "bob"));
    }

    private void append(String text) {
        try (StreamingClient client = StreamingClient.connect(relay)) {
            StreamingClientStream sends = client.openOutbox(StreamingClient.randomId(), 1);
            sends.write(StreamingClient.send(1, "bob", text));
            assertThat(sends.next()).isEqualTo(new Frame.Receipt(1, 0, STORED));
        }
    }

    /** How many nobody holds. */
    private int fetchAll() {
        try (SeedClient client = SeedClient.connect(relay)) {
            return client.fetch("bob").size();
        }
    }

    private long refusals(ErrorCode code) {
        return relay.statistics().refusals().getOrDefault(code, 0L);
    }
}
