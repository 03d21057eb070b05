package io.qight.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.qight.relay.delivery.DeadLetter;
import io.qight.relay.delivery.EnvelopeFormat;
import io.qight.relay.flow.GatedStore;
import io.qight.relay.flow.Waiting;
import io.qight.store.MailboxStore;
import io.qight.store.MemoryStore;
import io.qight.store.Operation;
import io.qight.store.Outcome;
import io.qight.store.Removal;
import io.qight.wire.ErrorCode;
import io.qight.wire.MessageEnvelope;
import io.qight.wire.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class OperatorIT {
    private static final long HOUR_MILLIS = 3_600_000;

    @TempDir private Path directory;
    private final MemoryStore store = new MemoryStore();

    @SuppressWarnings("NullAway.Init") // each test starts its own
    private Relay relay;

    @AfterEach
    void end() {
        RelayFixture.assertAddsUp(store.statistics());
        RelayFixture.assertNothingHeld(relay);
        relay.close();
    }

    @Test
    void peekShowsBothFormatsAndTakesNothing() {
        MessageEnvelope old = envelope("old");
        MessageEnvelope streamed = envelope("streamed");
        put("bob", EnvelopeFormat.V0, version0(old));
        put("bob", EnvelopeFormat.V1, version1(streamed));
        Operator operator = start(store);
        List<EnvelopeReport> seen = operator.peek("bob", 0, 10);
        assertThat(seen)
                .extracting(EnvelopeReport::envelope)
                .containsExactly(of(old), of(streamed));
        assertThat(seen.get(0).bytes()).isEqualTo(version0(old).length);
        assertThat(seen.get(0).leftMillis()).isBetween(1L, HOUR_MILLIS);
        assertThat(seen).noneMatch(EnvelopeReport::handedOut);
        assertThat(operator.peek("bob", 0, 10)).hasSameSizeAs(seen);
        assertThat(operator.peek("nobody", 0, 10)).isEmpty();
    }

    @Test
    void peekGoesOnAfterTheLast() {
        for (int i = 0; i < 5; i++) {
            put("bob", EnvelopeFormat.V0, version0(envelope("m" + i)));
        }
        Operator operator = start(store);
        List<String> seen = new ArrayList<>();
        List<EnvelopeReport> part = operator.peek("bob", 0, 2);
        while (!part.isEmpty()) {
            assertThat(part).hasSizeLessThanOrEqualTo(2);
            part.forEach(one -> seen.add(one.envelope().orElseThrow().payloadText()));
            part = operator.peek("bob", part.get(part.size() - 1).sequence(), 2);
        }
        assertThat(seen).containsExactly("m0", "m1", "m2", "m3", "m4");
    }

    @Test
    void peekTellsWhatAReceiverHolds() {
        Operator operator = start(store);
        try (SeedClient client = SeedClient.connect(relay)) {
            client.send(SeedClient.envelope("bob", "first"));
            assertThat(client.fetch("bob")).hasSize(1);
            relay.append(envelope("second"), Duration.ofHours(1)).join();
            assertThat(operator.peek("bob", 0, 10))
                    .extracting(EnvelopeReport::handedOut)
                    .containsExactly(true, false);
        }
    }

    @Test
    void purgeRemovesAllThatWaitsAndCountsIt() {
        for (int i = 0; i < 2500; i++) {
            put("bob", EnvelopeFormat.V0, version0(envelope("m" + i)));
        }
        put("carol", EnvelopeFormat.V0, version0(envelope("stays")));
        Operator operator = start(store);
        assertThat(operator.purge("bob")).isEqualTo(2500);
        assertThat(operator.purge("bob")).isZero();
        assertThat(store.statistics().removed()).containsEntry(Removal.PURGED, 2500L);
        assertThat(store.statistics().waiting()).isEqualTo(1);
    }

    @Test
    void anAckFindsNothingOfWhatWasPurged() {
        Operator operator = start(store);
        try (SeedClient client = SeedClient.connect(relay)) {
            client.send(SeedClient.envelope("bob", "gone"));
            assertThat(client.fetch("bob")).hasSize(1);
            assertThat(operator.purge("bob")).isEqualTo(1);
            assertThat(client.hello("bob")).startsWith("WELCOME");
            client.send(SeedClient.envelope("bob", "next"));
            assertThat(client.fetch("bob")).hasSize(1);
        }
        Waiting.until("it is removed", () -> store.statistics().waiting() == 0);
        assertThat(store.statistics().removed())
                .containsEntry(Removal.PURGED, 1L)
                .containsEntry(Removal.ACKED, 1L);
    }

    @Test
    void purgeLeavesWhatCameAfterItBegan() {
        long last = put("bob", EnvelopeFormat.V0, version0(envelope("old")));
        put("bob", EnvelopeFormat.V0, version0(envelope("new")));
        Operator operator = start(store);
        assertThat(operator.purge("bob", last)).isEqualTo(new Operator.Purged(1, true));
        assertThat(operator.purge("bob", last)).isEqualTo(new Operator.Purged(0, false));
        assertThat(texts(operator.peek("bob", 0, 10))).containsExactly("new");
    }

    @Test
    void deadLettersAreListedWithTheirReason() {
        long first = bury("bob", EnvelopeFormat.V0, version0(envelope("old")), "it smells");
        long second = bury("bob", EnvelopeFormat.V1, version1(envelope("streamed")), "too late");
        Operator operator = start(store);
        List<DeadLetterReport> letters = operator.deadLetters("bob", 0, 10);
        assertThat(letters).extracting(DeadLetterReport::sequence).containsExactly(first, second);
        assertThat(letters)
                .extracting(DeadLetterReport::reason)
                .containsExactly("it smells", "too late");
        assertThat(letters)
                .extracting(one -> one.envelope().orElseThrow().payloadText())
                .containsExactly("old", "streamed");
        assertThat(letters).allMatch(one -> one.failures() == 5);
        assertThat(letters.get(0).buried().toEpochMilli())
                .isCloseTo(System.currentTimeMillis(), within(HOUR_MILLIS));
        assertThat(operator.deadLetters("bob", first, 10)).hasSize(1);
        assertThat(operator.dead("bob")).isEqualTo(2);
        assertThat(operator.peek("bob", 0, 10)).isEmpty();
    }

    @Test
    void requeuePutsTheOriginalBackAsIfItWereSentNow() {
        long old = bury("bob", EnvelopeFormat.V0, version0(envelope("old")), "x");
        long streamed = bury("bob", EnvelopeFormat.V1, version1(envelope("streamed")), "x");
        Operator operator = start(store);
        assertThat(operator.requeue("bob", old)).isTrue();
        assertThat(operator.requeue("bob", streamed)).isTrue();
        assertThat(operator.requeue("bob", streamed)).isFalse();
        List<EnvelopeReport> back = operator.peek("bob", 0, 10);
        assertThat(texts(back)).containsExactly("old", "streamed");
        assertThat(back)
                .allMatch(one -> one.failures() == 0)
                .allMatch(one -> one.leftMillis() > HOUR_MILLIS - 60_000)
                .allMatch(one -> one.leftMillis() <= HOUR_MILLIS);
        assertThat(operator.dead("bob")).isZero();
        assertThat(store.statistics().removed()).containsEntry(Removal.PURGED, 2L);
        try (SeedClient client = SeedClient.connect(relay)) {
            assertThat(client.fetch("bob")).hasSize(2);
        }
    }

    @Test
    void refusedRequeueKeepsTheDeadLetter() {
        MemoryStore small = new MemoryStore(150);
        small.commit(List.of(burial("bob", EnvelopeFormat.V0, version0(envelope("old")), "x")));
        Operator operator = start(small);
        DeadLetterReport letter = operator.deadLetters("bob", 0, 1).get(0);
        assertThatThrownBy(() -> operator.requeue("bob", letter.sequence()))
                .isInstanceOfSatisfying(
                        ProtocolException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.STORE_FULL));
        assertThat(operator.dead("bob")).isEqualTo(1);
        assertThat(operator.peek("bob", 0, 10)).isEmpty();
    }

    @Test
    void requeueIntoAFullMailboxKeepsTheDeadLetterUntilThereIsRoom() {
        long dead = bury("bob", EnvelopeFormat.V0, version0(envelope("old")), "x");
        put("bob", EnvelopeFormat.V0, version0(envelope("waits")));
        relay = Relay.start(RelayFixture.config(store, directory).mailboxEnvelopesMax(1).build());
        Operator operator = relay.operator();
        assertThatThrownBy(() -> operator.requeue("bob", dead))
                .isInstanceOfSatisfying(
                        ProtocolException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.MAILBOX_FULL));
        assertThat(operator.dead("bob")).isEqualTo(1);
        assertThat(texts(operator.peek("bob", 0, 10))).containsExactly("waits");
        operator.purge("bob");
        assertThat(operator.requeue("bob", dead)).isTrue();
        assertThat(texts(operator.peek("bob", 0, 10))).containsExactly("old");
        assertThat(operator.dead("bob")).isZero();
    }

    @Test
    void failureInTheMiddleOfARequeueLeavesBoth() {
        long dead = bury("bob", EnvelopeFormat.V0, version0(envelope("old")), "x");
        GatedStore failing = new GatedStore(store);
        Operator operator = start(failing);
        failing.failRemovals();
        assertThatThrownBy(() -> operator.requeue("bob", dead))
                .isInstanceOfSatisfying(
                        ProtocolException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.OUTCOME_UNKNOWN));
        assertThat(operator.peek("bob", 0, 10)).hasSize(1);
        assertThat(operator.dead("bob")).isEqualTo(1);
    }

    @Test
    void droppedDeadLetterIsGone() {
        long dead = bury("bob", EnvelopeFormat.V0, version0(envelope("old")), "x");
        Operator operator = start(store);
        assertThat(operator.drop("carol", dead)).isFalse();
        assertThat(operator.drop("bob", dead)).isTrue();
        assertThat(operator.drop("bob", dead)).isFalse();
        assertThat(store.statistics().waiting()).isZero();
    }

    @Test
    void whatNoClientCanNameTheOperatorCannotEither() {
        Operator operator = start(store);
        assertThatThrownBy(() -> operator.purge(DeadLetter.place("bob"), Long.MAX_VALUE))
                .isInstanceOf(ProtocolException.class);
        assertThatThrownBy(() -> operator.peek("", 0, 1)).isInstanceOf(ProtocolException.class);
    }

    private Operator start(MailboxStore started) {
        relay = Relay.start(RelayFixture.config(started, directory).build());
        return relay.operator();
    }

    private long put(String mailbox, byte format, byte[] bytes) {
        long now = System.currentTimeMillis();
        return commit(
                new Operation.Append(
                        mailbox, format, now, now + HOUR_MILLIS, ByteBuffer.wrap(bytes), null));
    }

    private long bury(String mailbox, byte format, byte[] bytes, String reason) {
        return commit(burial(mailbox, format, bytes, reason));
    }

    private static Operation burial(String mailbox, byte format, byte[] bytes, String reason) {
        long now = System.currentTimeMillis();
        return new Operation.Append(
                DeadLetter.place(mailbox),
                DeadLetter.FORMAT,
                now,
                now + HOUR_MILLIS / 2,
                new DeadLetter(format, 5, now, reason, ByteBuffer.wrap(bytes)).encode(),
                null);
    }

    /** Before the relay starts, so that its writer is still the only one. */
    private long commit(Operation operation) {
        return ((Outcome.Stored) store.commit(List.of(operation)).get(0)).sequence();
    }

    private static List<String> texts(List<EnvelopeReport> reports) {
        return reports.stream().map(one -> one.envelope().orElseThrow().payloadText()).toList();
    }

    private static Optional<MessageEnvelope> of(MessageEnvelope envelope) {
        return Optional.of(envelope);
    }

    private static MessageEnvelope envelope(String text) {
        return MessageEnvelope.builder()
                .sender("alice")
                .recipient("bob")
                .ttl(Duration.ofHours(1))
                .payload(text)
                .build();
    }

    private static byte[] version0(MessageEnvelope envelope) {
        return bytes(
                io.qight.wire.v0.EnvelopeCodec.encode(envelope, UnpooledByteBufAllocator.DEFAULT));
    }

    private static byte[] version1(MessageEnvelope envelope) {
        return bytes(
                io.qight.wire.v1.EnvelopeCodec.encode(envelope, UnpooledByteBufAllocator.DEFAULT));
    }

    private static byte[] bytes(ByteBuf encoded) {
        try {
            return ByteBufUtil.getBytes(encoded);
        } finally {
            encoded.release();
        }
    }
}
