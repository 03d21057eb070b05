package io.qight.relay;

import static io.qight.relay.SeedClient.await;
import static io.qight.relay.StreamingClient.send;
import static org.assertj.core.api.Assertions.assertThat;

import io.qight.identity.Identity;
import io.qight.store.Durability;
import io.qight.store.MemoryStore;
import io.qight.wire.ErrorCode;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.Id;
import io.qight.wire.v1.Mode;
import io.qight.wire.v1.ReceiptOutcome;
import java.nio.file.Path;
import java.security.SecureRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What somebody who knows names, and no secret, does to those who send and receive. */
@Timeout(60)
class StrangerAttackIT {
    private static final ReceiptOutcome STORED = new ReceiptOutcome.Stored(3);
    private static final int GUESSES = 16;

    private final Identity bob = Identity.generate(new SecureRandom());

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

    /** Numbers count within an outbox alone, and its id cannot be guessed, nor nearly guessed. */
    @Test
    void whoGuessesOutboxesAndNumbersSuppressesNothing() {
        try (StreamingClient alice = StreamingClient.connect(relay);
                StreamingClient eve = StreamingClient.connect(relay)) {
            Id outbox = StreamingClient.randomId();
            StreamingClientStream sends = alice.openOutbox(outbox, 1);
            sends.write(send(1, "bob", "one"));
            assertThat(sends.next()).isEqualTo(new Frame.Receipt(1, 0, STORED));
            for (int i = 0; i < GUESSES; i++) {
                Id guess = new Id(outbox.high(), outbox.low() ^ (1L << (4 * i)));
                StreamingClientStream stream = eve.openOutbox(guess, Long.MAX_VALUE >> 2);
                for (int number = 1; number <= 10; number++) {
                    stream.write(send(number, "bob", "forged"));
                }
                assertThat(stream.next()).isInstanceOf(Frame.Receipt.class);
            }
            sends.write(send(2, "bob", "two"), send(3, "bob", "three"));
            assertThat(sends.next()).isEqualTo(new Frame.Receipt(2, 1, STORED));
        }
    }

    @Test
    void whoDoesNotProveTheKeyDoesNotTakeItsMailboxOver() {
        String address = bob.key().address();
        try (StreamingClient owner = StreamingClient.connectSilently(relay);
                StreamingClient stranger = StreamingClient.connect(relay);
                StreamingClient thief = StreamingClient.connectSilently(relay)) {
            owner.prove(bob);
            thief.prove(Identity.generate(new SecureRandom()));
            Id subscription = StreamingClient.randomId();
            StreamingClientStream fetch = receive(owner, subscription, 1, address);
            assertThat(fetch.next()).isEqualTo(new Frame.Added(1, 0));

            assertNotAdded(
                    receive(stranger, StreamingClient.randomId(), 1, address),
                    ErrorCode.NOT_PROVED);
            assertNotAdded(
                    receive(thief, StreamingClient.randomId(), 1, address), ErrorCode.NOT_ALLOWED);
            // Even who knows the subscription's id.
            StreamingClientStream stolen = thief.open().write(exclusive(subscription, 2));
            assertThat(stolen.next())
                    .isInstanceOfSatisfying(
                            Frame.StreamError.class,
                            error ->
                                    assertThat(error.code())
                                            .isEqualTo(ErrorCode.TAKEN_OVER.number()));
            await(stolen.ended());

            StreamingClientStream sends =
                    stranger.openOutbox(StreamingClient.randomId(), 1)
                            .write(send(1, address, "for bob"));
            assertThat(sends.next()).isEqualTo(new Frame.Receipt(1, 0, STORED));
            assertThat(fetch.next()).isInstanceOf(Frame.CaughtUp.class);
            assertThat(fetch.next()).isInstanceOf(Frame.Deliver.class);
        }
    }

    private static StreamingClientStream receive(
            StreamingClient client, Id subscription, long opening, String mailbox) {
        StreamingClientStream stream =
                client.open()
                        .write(exclusive(subscription, opening))
                        .write(new Frame.Add(1, mailbox));
        assertThat(stream.next()).isInstanceOf(Frame.Subscribed.class);
        return stream;
    }

    private static Frame.Subscribe exclusive(Id subscription, long opening) {
        return new Frame.Subscribe(subscription, opening, Mode.EXCLUSIVE, 30_000, 10, 10_000, 0, 0);
    }

    private static void assertNotAdded(StreamingClientStream stream, ErrorCode code) {
        assertThat(stream.next())
                .isInstanceOfSatisfying(
                        Frame.NotAdded.class,
                        not -> assertThat(not.code()).isEqualTo(code.number()));
    }
}
