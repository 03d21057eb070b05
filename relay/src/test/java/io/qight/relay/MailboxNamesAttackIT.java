package io.qight.relay;

import static io.qight.relay.SeedClient.await;
import static io.qight.relay.StreamingClient.send;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.qight.identity.Identity;
import io.qight.relay.access.AccessPolicy;
import io.qight.store.Durability;
import io.qight.store.MemoryStore;
import io.qight.wire.ErrorCode;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.FrameCodec;
import io.qight.wire.v1.Mode;
import io.qight.wire.v1.ReceiptOutcome;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Names of mailboxes that try something, and who asks which names there are. */
@Timeout(60)
class MailboxNamesAttackIT {
    private static final ReceiptOutcome STORED = new ReceiptOutcome.Stored(3);

    @TempDir Path directory;
    private final List<Relay> relays = new ArrayList<>();

    private Relay start(AccessPolicy policy) {
        Relay relay =
                Relay.start(
                        RelayFixture.config(new MemoryStore(), directory)
                                .durability(Durability.MEMORY)
                                .access(policy)
                                .build());
        relays.add(relay);
        return relay;
    }

    @AfterEach
    void end() {
        relays.forEach(RelayFixture::assertNothingHeld);
        relays.forEach(Relay::close);
    }

    /** As bytes, since no client of ours would write them. */
    @ParameterizedTest
    @ValueSource(
            strings = {"a\u0000b", "\u001b[2J", "a\u009b2J", "a\r\nb", "\u0001dead/bob", "\u007f"})
    void namesWithControlCharactersAreRefusedByEveryVerb(String name) {
        Relay relay = start(AccessPolicy.openNames());
        try (StreamingClient client = StreamingClient.connect(relay);
                SeedClient seed = SeedClient.connect(relay)) {
            StreamingClientStream sends = client.openOutbox(StreamingClient.randomId(), 1);
            sends.write(new Frame.Send(1, 0, renamed(name)), send(2, "bob", "x"));
            Frame.Receipt receipt = (Frame.Receipt) sends.next();
            assertThat(receipt.outcome())
                    .isInstanceOfSatisfying(
                            ReceiptOutcome.Refused.class,
                            refused -> {
                                assertThat(refused.code())
                                        .isEqualTo(ErrorCode.INVALID_MAILBOX.number());
                                assertHarmless(refused.sentence());
                            });
            assertThat(sends.next()).isEqualTo(new Frame.Receipt(2, 0, STORED));
            Frame.NotAdded not = notAdded(client, name);
            assertThat(not.code()).isEqualTo(ErrorCode.INVALID_MAILBOX.number());
            assertHarmless(not.sentence());
            String sent = seed.send(SeedClient.envelope(name, "x"));
            assertThat(sent).startsWith("ERROR: invalid_mailbox: ");
            assertHarmless(sent.stripTrailing());
            assertThat(relay.statistics().store().mailboxes()).isEqualTo(1);
        }
    }

    @Test
    void whereNamesAreClosedNobodyLearnsWhichThereAre() {
        Relay relay = start(AccessPolicy.openKeys());
        await(relay.append(SeedClient.envelope("full", "secret"), Duration.ofHours(1)));
        assertThat(relay.statistics("full")).isPresent();
        try (StreamingClient client = StreamingClient.connect(relay);
                SeedClient seed = SeedClient.connect(relay)) {
            Frame.NotAdded not = notAdded(client, "full");
            assertThat(not.code()).isEqualTo(ErrorCode.NOT_ALLOWED.number());
            assertThat(encoded(not)).isEqualTo(encoded(notAdded(client, "none")));
            assertThat(encoded(refused(client, "full")))
                    .isEqualTo(encoded(refused(client, "none")));
            assertThat(seed.ask(SeedClient.fetchBytes("full")))
                    .isEqualTo(seed.ask(SeedClient.fetchBytes("none")))
                    .startsWith("ERROR: not_allowed".getBytes(UTF_8));
            assertThat(seed.send(SeedClient.envelope("full", "x")))
                    .isEqualTo(seed.send(SeedClient.envelope("none", "x")))
                    .startsWith("ERROR: not_allowed");
        }
        assertThat(relay.statistics("none")).isEmpty();
    }

    @Test
    void whoHasNotTheKeyDoesNotLearnWhetherItsMailboxHoldsAnything() {
        Relay relay = start(AccessPolicy.openKeys());
        String full = key();
        String none = key();
        try (StreamingClient client = StreamingClient.connect(relay);
                SeedClient seed = SeedClient.connect(relay)) {
            StreamingClientStream sends = client.openOutbox(StreamingClient.randomId(), 1);
            assertThat(sends.write(send(1, full, "secret")).next())
                    .isEqualTo(new Frame.Receipt(1, 0, STORED));
            assertThat(encoded(notAdded(client, full))).isEqualTo(encoded(notAdded(client, none)));
            assertThat(seed.ask(SeedClient.fetchBytes(full)))
                    .isEqualTo(seed.ask(SeedClient.fetchBytes(none)))
                    .startsWith("ERROR: not_".getBytes(UTF_8));
            assertThat(seed.send(SeedClient.envelope(full, "x")))
                    .isEqualTo(seed.send(SeedClient.envelope(none, "x")))
                    .startsWith("ERROR: not_");
            // Whoever sends there is answered the same, too: that it is stored.
            sends.write(send(2, full, "x"));
            assertThat(sends.next()).isEqualTo(new Frame.Receipt(2, 0, STORED));
            sends.write(send(3, none, "x"));
            assertThat(sends.next()).isEqualTo(new Frame.Receipt(3, 0, STORED));
        }
    }

    /** On a stream of its own, so that the number of the envelope is the same. */
    private static Frame refused(StreamingClient client, String mailbox) {
        StreamingClientStream sends = client.openOutbox(StreamingClient.randomId(), 1);
        Frame.Receipt receipt = (Frame.Receipt) sends.write(send(1, mailbox, "x")).next();
        assertThat(receipt.outcome())
                .isInstanceOfSatisfying(
                        ReceiptOutcome.Refused.class,
                        refused ->
                                assertThat(refused.code())
                                        .isEqualTo(ErrorCode.NOT_ALLOWED.number()));
        return receipt;
    }

    private static Frame.NotAdded notAdded(StreamingClient client, String mailbox) {
        StreamingClientStream fetch =
                client.open()
                        .write(
                                new Frame.Subscribe(
                                        StreamingClient.randomId(),
                                        1,
                                        Mode.SHARED,
                                        30_000,
                                        10,
                                        10_000,
                                        0,
                                        0))
                        .write(new Frame.Add(1, mailbox));
        assertThat(fetch.next()).isInstanceOf(Frame.Subscribed.class);
        return (Frame.NotAdded) fetch.next();
    }

    private static byte[] encoded(Frame frame) {
        ByteBuf bytes = Unpooled.buffer();
        FrameCodec.encode(frame, bytes);
        return ByteBufUtil.getBytes(bytes);
    }

    private static String key() {
        return Identity.generate(new SecureRandom()).key().address();
    }

    /** An envelope that is sound but for the name. */
    private static ByteBuf renamed(String name) {
        byte[] bytes = name.getBytes(UTF_8);
        ByteBuf envelope = StreamingClient.envelope("x".repeat(bytes.length), "x");
        // Version, flags, and the length of the name.
        return envelope.setBytes(3, bytes);
    }

    private static void assertHarmless(String text) {
        assertThat(text.chars()).as(text).noneMatch(Character::isISOControl);
    }
}
