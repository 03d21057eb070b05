package io.qight.relay;

import static io.qight.relay.SeedClient.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.qight.relay.v1.RefusedVectors;
import io.qight.relay.v1.RefusedVectors.Vector;
import io.qight.store.Durability;
import io.qight.store.MemoryStore;
import io.qight.transport.ConnectionEnd;
import io.qight.wire.ErrorCode;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.Id;
import io.qight.wire.v1.ReceiptOutcome;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What version 1 forbids, over real QUIC: each with its code, and the relay goes on. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class StreamingBadInputIT {
    private Relay relay;
    private StreamingClient good;
    private StreamingClientStream goodStream;
    private long sent;

    @BeforeAll
    void start(@TempDir Path directory) {
        relay =
                Relay.start(
                        RelayFixture.config(new MemoryStore(), directory)
                                .durability(Durability.MEMORY)
                                .build());
        good = StreamingClient.connect(relay);
        goodStream = good.openOutbox(StreamingClient.randomId(), 1);
    }

    @AfterEach
    void relayGoesOn() {
        goodStream.write(StreamingClient.send(++sent, "good", "still here"));
        assertThat(goodStream.next())
                .isEqualTo(new Frame.Receipt(sent, 0, new ReceiptOutcome.Stored(3)));
    }

    @AfterAll
    void end() {
        good.close();
        RelayFixture.assertNothingHeld(relay);
        RelayFixture.assertAddsUp(relay);
        relay.close();
    }

    static List<Vector> controlStreams() {
        return RefusedVectors.of("control-stream");
    }

    static List<Vector> sendStreams() {
        return RefusedVectors.of("send-stream");
    }

    static List<Vector> frames() {
        return RefusedVectors.of("frame");
    }

    @ParameterizedTest
    @MethodSource("controlStreams")
    void controlStreamIsRefused(Vector vector) {
        try (StreamingClient client = StreamingClient.connectSilently(relay)) {
            client.control().write(vector.bytes());
            ConnectionEnd.Orderly end = (ConnectionEnd.Orderly) await(client.ended());
            assertThat(code(end.code())).isEqualTo(vector.error());
        }
    }

    @ParameterizedTest
    @MethodSource("sendStreams")
    void sendStreamIsRefused(Vector vector, @TempDir Path other) {
        // A relay of its own: all vectors have one outbox, with one opening.
        try (Relay fresh = Relay.start(RelayFixture.config(new MemoryStore(), other).build());
                StreamingClient client = StreamingClient.connect(fresh)) {
            assertRefused(client.open().write(vector.bytes()), vector.error());
        }
    }

    @ParameterizedTest
    @MethodSource("frames")
    void frameIsRefusedOnASendStream(Vector vector) {
        try (StreamingClient client = StreamingClient.connect(relay)) {
            StreamingClientStream stream =
                    client.openOutbox(StreamingClient.randomId(), 1).write(vector.bytes()).finish();
            assertRefused(stream, vector.error(), "wrong_state");
        }
    }

    @ParameterizedTest
    @MethodSource("frames")
    void frameIsRefusedOnTheControlStream(Vector vector) {
        try (StreamingClient client = StreamingClient.connect(relay)) {
            client.control().write(vector.bytes()).finish();
            ConnectionEnd.Orderly end = (ConnectionEnd.Orderly) await(client.ended());
            assertThat(code(end.code())).isIn(vector.error(), "wrong_state");
        }
    }

    @Test
    void tooManySendStreamsAreRefused() {
        try (StreamingClient client = StreamingClient.connect(relay)) {
            for (int i = 0; i < 16; i++) {
                StreamingClientStream stream =
                        client.openOutbox(StreamingClient.randomId(), 1)
                                .write(StreamingClient.send(1, "bob", "x"));
                assertThat(stream.next()).isInstanceOf(Frame.Receipt.class);
            }
            assertRefused(client.openOutbox(StreamingClient.randomId(), 1), "too_many_streams");
        }
    }

    @Test
    void twoStreamsWithOneOutboxAreOne() {
        Id outbox = StreamingClient.randomId();
        try (StreamingClient client = StreamingClient.connect(relay)) {
            StreamingClientStream first =
                    client.openOutbox(outbox, 1).write(StreamingClient.send(1, "bob", "x"));
            assertThat(first.next()).isInstanceOf(Frame.Receipt.class);
            StreamingClientStream second =
                    client.openOutbox(outbox, 2).write(StreamingClient.send(1, "bob", "x"));
            assertThat(second.next())
                    .isEqualTo(new Frame.Receipt(1, 0, new ReceiptOutcome.Duplicate(3)));
            assertRefused(first, "taken_over");
        }
    }

    private static void assertRefused(StreamingClientStream stream, String... codes) {
        Frame frame = stream.next();
        while (frame instanceof Frame.Receipt) {
            frame = stream.next();
        }
        assertThat(frame)
                .isInstanceOfSatisfying(
                        Frame.StreamError.class,
                        error -> assertThat(code(error.code())).isIn((Object[]) codes));
        await(stream.ended());
    }

    private static String code(long number) {
        return ErrorCode.ofNumber(number).map(ErrorCode::token).orElse("none: " + number);
    }
}
