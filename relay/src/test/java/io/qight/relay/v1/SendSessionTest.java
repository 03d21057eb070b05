package io.qight.relay.v1;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.qight.identity.Grant;
import io.qight.identity.GrantTerms;
import io.qight.identity.Identity;
import io.qight.identity.IdentityKey;
import io.qight.identity.Storage;
import io.qight.identity.StorageProof;
import io.qight.relay.access.Access;
import io.qight.relay.flow.StreamEnd;
import io.qight.relay.outbox.ReceiptRun;
import io.qight.relay.outbox.SendEntry;
import io.qight.wire.ErrorCode;
import io.qight.wire.MessageEnvelope;
import io.qight.wire.v1.ConnectionLimits;
import io.qight.wire.v1.EnvelopeCodec;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.Id;
import io.qight.wire.v1.Ranges;
import io.qight.wire.v1.ReceiptOutcome;
import io.qight.wire.v1.Varint;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class SendSessionTest {
    private static final long NOW = 5_000_000;
    private static final ReceiptOutcome STORED = new ReceiptOutcome.Stored(1);
    private static final ReceiptOutcome FULL =
            new ReceiptOutcome.Refused(ErrorCode.MAILBOX_FULL.number(), "full", 1_000);
    private static final Frame.Outbox OUTBOX = new Frame.Outbox(new Id(1, 2), 1, 2, 3, 4);

    private static final Identity BOB = Identity.generate(new SecureRandom());
    private static final Frame GRANT =
            new Frame.Grant(ByteBuffer.allocate(0), ByteBuffer.allocate(64));
    private static final ConnectionLimits LIMITS =
            ControlSettings.limits(Duration.ofDays(30), Duration.ofSeconds(30));

    private final List<String> asked = new ArrayList<>();
    private final SendSession session =
            new SendSession(
                    LIMITS,
                    new Stranger(
                            Access.of(
                                    mailbox -> {
                                        asked.add(mailbox);
                                        return !mailbox.startsWith("closed");
                                    },
                                    mailbox -> false)));
    private long lastNumber;

    @Test
    void outboxIsOpenedBeforeItsSendsAreHandedOver() {
        List<Effect> effects = frames(OUTBOX, send(1, "bob"), send(2, "eve"));
        assertThat(effects).hasSize(2);
        assertThat(effects.get(0)).isEqualTo(new Effect.OpenOutbox(OUTBOX));
        List<SendEntry.Send> sends = sends(effects);
        assertThat(sends).extracting(SendEntry.Send::number).containsExactly(1L, 2L);
        assertThat(sends).extracting(SendEntry.Send::mailbox).containsExactly("bob", "eve");
        assertThat(sends).allMatch(send -> send.refusal().isEmpty());
        assertThat(sends.get(0).bytes()).isEqualTo(envelope("bob", 3_600_000).nioBuffer());
    }

    @Test
    void aMailboxThatTheClientMayNotSendToIsRefused() {
        List<SendEntry.Send> sends =
                sends(frames(OUTBOX, send(1, "closed"), send(2, "bob"), send(3, "closed")));
        assertThat(sends)
                .extracting(send -> send.refusal().map(SendEntry.Refusal::code).orElse(null))
                .containsExactly(ErrorCode.NOT_ALLOWED, null, ErrorCode.NOT_ALLOWED);
    }

    @Test
    void theAccessIsAskedOnceForARunOfOneMailbox() {
        frames(OUTBOX, send(1, "bob"), send(2, "bob"), send(3, "closed"), send(4, "closed"));
        frames(send(5, "closed"), send(6, "bob"));
        assertThat(asked).containsExactly("bob", "closed", "bob");
    }

    @Test
    void whatIsNoMailboxNameIsNeverAskedAbout() {
        List<SendEntry.Send> sends = sends(frames(OUTBOX, send(1, "key:no key")));
        assertThat(sends.get(0).refusal().map(SendEntry.Refusal::code))
                .contains(ErrorCode.INVALID_MAILBOX);
        assertThat(asked).isEmpty();
    }

    @Test
    void deadlineIsAcceptancePlusTimeToLiveLessAge() {
        List<SendEntry.Send> sends =
                sends(frames(OUTBOX, new Frame.Send(1, 600_000, envelope("bob", 3_600_000))));
        assertThat(sends.get(0).acceptedMillis()).isEqualTo(NOW);
        assertThat(sends.get(0).deadlineMillis()).isEqualTo(NOW + 3_000_000);
    }

    @Test
    void receiptsCoverTheSendsInTheirOrder() {
        frames(OUTBOX, send(1, "bob"), send(5, "bob"), send(6, "bob"));
        assertThat(receipts(1, new ReceiptRun(2, STORED), new ReceiptRun(1, FULL)))
                .startsWith(
                        new Effect.Write(new Frame.Receipt(1, 1, STORED)),
                        new Effect.Write(new Frame.Receipt(6, 0, FULL)));
        frames(send(6, "bob"), send(7, "bob"));
        assertThat(receipts(1, new ReceiptRun(2, STORED)))
                .containsExactly(new Effect.Write(new Frame.Receipt(6, 1, STORED)));
    }

    @Test
    void whatIsStoredIsSignedForWhoAsksForIt() {
        Identity relay = Identity.generate(new SecureRandom());
        SendSession signing = new SendSession(LIMITS, new Signing(relay));
        ByteBuf refused = Unpooled.buffer().writeZero(9);
        List<Frame> sends =
                List.of(OUTBOX, new Frame.Send(1, 0, refused), send(2, "bob"), send(3, "eve"));
        signing.step(new Input.Frames(sends), NOW);
        List<ReceiptRun> runs = List.of(new ReceiptRun(1, FULL), new ReceiptRun(2, STORED));
        List<Effect> effects = signing.step(new Input.Receipts(1, runs), NOW);

        assertThat(effects).contains(new Effect.Write(new Frame.Receipt(1, 0, FULL)));
        Frame.Receipt receipt =
                effects.stream()
                        .flatMap(effect ->
                                effect instanceof Effect.Write write
                                        ? Stream.of(write.frame())
                                        : Stream.empty())
                        .map(Frame.Receipt.class::cast)
                        .filter(one -> one.first() == 2)
                        .findFirst()
                        .orElseThrow();
        ReceiptOutcome.Signed signed = (ReceiptOutcome.Signed) receipt.outcome();
        long deadline = NOW + 3_600_000;
        assertThat(signed.deadlinesMillis()).containsExactly(deadline, deadline);
        List<Storage> stored =
                Stream.of("bob", "eve")
                        .map(to -> Storage.of(envelope(to, 3_600_000).nioBuffer(), deadline, 1))
                        .toList();
        assertThat(StorageProof.of(relay.key(), stored, signed.signature())).hasSize(2);
    }

    @Test
    void refusalsAreCounted() {
        frames(OUTBOX, send(1, "bob"), send(2, "bob"));
        assertThat(receipts(1, new ReceiptRun(2, FULL)))
                .contains(new Effect.CountRefusals(ErrorCode.MAILBOX_FULL, "full", 2));
    }

    @Test
    void envelopesAreCheckedInTheOrderOfTheTable() {
        assertThat(refusal(Unpooled.EMPTY_BUFFER, 0)).isEqualTo(ErrorCode.ENVELOPE_SIZE);
        assertThat(refusal(Unpooled.buffer().writeZero(10_000_001), 0))
                .isEqualTo(ErrorCode.ENVELOPE_SIZE);
        assertThat(refusal(Unpooled.buffer().writeZero(50), 0))
                .isEqualTo(ErrorCode.MALFORMED_ENVELOPE);
        assertThat(refusal(patched(header("b\u0001b", 5, 0, 0)), 0))
                .isEqualTo(ErrorCode.INVALID_MAILBOX);
        assertThat(refusal(patched(header("key:1", 5, 0, 0)), 9))
                .isEqualTo(ErrorCode.INVALID_MAILBOX);
        assertThat(refusal(patched(header("bob", 0, 0, 0)), 9)).isEqualTo(ErrorCode.NOT_SUPPORTED);
        assertThat(refusal(patched(header("bob", 5, 4, 0)), 9)).isEqualTo(ErrorCode.NOT_SUPPORTED);
        assertThat(refusal(patched(header("bob", 5, 0, 3)), 9)).isEqualTo(ErrorCode.NOT_SUPPORTED);
        long month = Duration.ofDays(30).toMillis();
        assertThat(refusal(envelope("bob", month + 1), Varint.MAX))
                .isEqualTo(ErrorCode.INVALID_TTL);
        assertThat(refusal(envelope("bob", month), Varint.MAX)).isEqualTo(ErrorCode.EXPIRED);
        assertThat(refusal(envelope("bob", 1_000), 1_000)).isEqualTo(ErrorCode.EXPIRED);
        step(new Input.Drain());
        assertThat(refusal(envelope("bob", 1_000), 1_000)).isEqualTo(ErrorCode.EXPIRED);
        assertThat(refusal(envelope("bob", 1_000), 999)).isEqualTo(ErrorCode.DRAINING);
    }

    @Test
    void refusedEnvelopesGoToTheWriterTooSinceItsOrderCounts() {
        List<SendEntry.Send> sends =
                sends(frames(OUTBOX, new Frame.Send(1, 0, Unpooled.buffer().writeZero(9))));
        assertThat(sends).hasSize(1);
        assertThat(sends.get(0).mailbox()).isEmpty();
    }

    @Test
    void givenUpNumbersGoToTheWriterInTheirPlace() {
        Ranges numbers = Ranges.of(1, 2);
        List<Effect> effects = frames(OUTBOX, send(1, "bob"), new Frame.GiveUp(numbers));
        assertThat(((Effect.HandSends) effects.get(1)).entries().get(1))
                .isEqualTo(new SendEntry.GiveUp(numbers));
    }

    @Test
    void badNumberEndsTheStreamBehindTheReceiptsThatAreOwed() {
        List<Effect> effects = frames(OUTBOX, send(1, "bob"), send(1, "bob"), send(2, "bob"));
        assertThat(sends(effects)).extracting(SendEntry.Send::number).containsExactly(1L);
        assertThat(effects).contains(new Effect.StopReading());
        assertThat(session.reads()).isFalse();
        List<Effect> end = receipts(1, new ReceiptRun(1, STORED));
        assertThat(end.get(0)).isEqualTo(new Effect.Write(new Frame.Receipt(1, 0, STORED)));
        assertThat(end.get(1)).isEqualTo(new Effect.CloseOutbox());
        assertThat(fail(end.get(2))).isEqualTo(ErrorCode.BAD_NUMBER);
    }

    @Test
    void badNumberWithNothingOwedEndsTheStreamAtOnce() {
        List<Effect> effects = frames(OUTBOX, send(0, "bob"));
        assertThat(fail(effects.get(effects.size() - 1))).isEqualTo(ErrorCode.BAD_NUMBER);
        assertThat(session.busy()).isFalse();
    }

    @Test
    void ignoredWindowEndsTheStream() {
        frames(OUTBOX);
        Frame[] sends = new Frame[4_097];
        for (int i = 0; i < sends.length; i++) {
            sends[i] = send(i + 1, "bob");
        }
        assertThat(sends(frames(sends))).hasSize(4_096);
        List<Effect> end = receipts(1, new ReceiptRun(4_096, STORED));
        assertThat(fail(end.get(2))).isEqualTo(ErrorCode.WINDOW_EXCEEDED);
    }

    @Test
    void outboxTwiceIsWrongState() {
        List<Effect> effects = frames(OUTBOX, OUTBOX);
        assertThat(fail(effects.get(effects.size() - 1))).isEqualTo(ErrorCode.WRONG_STATE);
    }

    @Test
    void orderlyEndIsAnsweredBehindTheLastReceipt() {
        frames(OUTBOX, send(1, "bob"));
        frames(send(2, "bob"));
        assertThat(step(new Input.Finished())).isEmpty();
        assertThat(receipts(1, new ReceiptRun(1, STORED))).hasSize(1);
        assertThat(session.busy()).isTrue();
        assertThat(receipts(1, new ReceiptRun(1, STORED)))
                .endsWith(new Effect.CloseOutbox(), new Effect.Finish());
        assertThat(session.busy()).isFalse();
    }

    @Test
    void brokenFrameWaitsForWhatIsOwed() {
        frames(OUTBOX, send(1, "bob"));
        assertThat(step(new Input.Broken(ErrorCode.UNKNOWN_FRAME, "what"))).isEmpty();
        assertThat(receipts(1, new ReceiptRun(1, STORED)))
                .endsWith(new Effect.Fail(ErrorCode.UNKNOWN_FRAME, "what"));
    }

    @Test
    void takenOverStreamFailsAndDoesNothingMore() {
        frames(OUTBOX, send(1, "bob"));
        assertThat(step(new Input.Ended(ErrorCode.TAKEN_OVER, "newer")))
                .containsExactly(new Effect.Fail(ErrorCode.TAKEN_OVER, "newer"));
        assertThat(frames(send(2, "bob"))).isEmpty();
        assertThat(step(new Input.Gone(StreamEnd.LOST))).isEmpty();
        assertThat(session.reads()).isFalse();
    }

    @Test
    void lostStreamClosesItsOutbox() {
        frames(OUTBOX, send(1, "bob"));
        assertThat(step(new Input.Gone(StreamEnd.LOST))).containsExactly(new Effect.CloseOutbox());
        assertThat(receipts(1, new ReceiptRun(1, STORED))).isEmpty();
    }

    @Test
    void provedIdentityAndGrantsGoToTheWriterBeforeWhatFollowsThem() {
        Standing standing = new Proved();
        SendSession proved = new SendSession(LIMITS, standing);
        List<Effect> effects =
                proved.step(
                        new Input.Frames(List.of(OUTBOX, send(1, "bob"), GRANT, send(2, "bob"))),
                        NOW);
        List<SendEntry> entries = ((Effect.HandSends) effects.get(1)).entries();
        assertThat(entries.get(0)).isEqualTo(new SendEntry.Proved(BOB.key()));
        assertThat(entries.get(2)).isEqualTo(new SendEntry.UseGrant(Proved.PASS));
        assertThat(entries).hasSize(4);
        effects = proved.step(new Input.Frames(List.of(send(3, "bob"))), NOW);
        assertThat(sends(effects)).hasSize(1);
    }

    @Test
    void grantThatIsNotProvedEndsTheStreamBehindTheReceiptsThatAreOwed() {
        List<Effect> effects = frames(OUTBOX, send(1, "bob"), GRANT, send(2, "bob"));
        assertThat(sends(effects)).hasSize(1);
        List<Effect> end = receipts(1, new ReceiptRun(1, STORED));
        assertThat(fail(end.get(2))).isEqualTo(ErrorCode.MALFORMED_FRAME);
    }

    @Test
    void aStreamHasSoManyGrants() {
        SendSession proved = new SendSession(LIMITS, new Proved());
        List<Frame> frames = new ArrayList<>(Collections.nCopies(65, GRANT));
        frames.add(0, OUTBOX);
        List<Effect> effects = proved.step(new Input.Frames(frames), NOW);
        assertThat(((Effect.HandSends) effects.get(2)).entries()).hasSize(1 + 64);
        effects = proved.step(new Input.Receipts(1, List.of()), NOW);
        assertThat(fail(effects.get(1))).isEqualTo(ErrorCode.WINDOW_EXCEEDED);
    }

    @Test
    void writerHasBoundedGroups() {
        frames(OUTBOX);
        for (int i = 0; i < SendSession.GROUPS_MAX; i++) {
            assertThat(session.reads()).isTrue();
            frames(new Frame.GiveUp(Ranges.of(1, 1)));
        }
        assertThat(session.reads()).isFalse();
        receipts(1);
        assertThat(session.reads()).isTrue();
    }

    private ErrorCode refusal(ByteBuf envelope, long ageMillis) {
        return sends(frames(new Frame.Send(++lastNumber, ageMillis, envelope)))
                .get(0)
                .refusal()
                .orElseThrow()
                .code();
    }

    private List<Effect> frames(Frame... frames) {
        return step(new Input.Frames(List.of(frames)));
    }

    private List<Effect> receipts(int groups, ReceiptRun... runs) {
        return step(new Input.Receipts(groups, List.of(runs)));
    }

    private List<Effect> step(Input input) {
        return session.step(input, NOW);
    }

    /** A client that wants its receipts signed. */
    private record Signing(Identity relay) implements Standing {
        @Override
        public Access access() {
            return Access.everything();
        }

        @Override
        public Optional<IdentityKey> identity() {
            return Optional.empty();
        }

        @Override
        public Optional<ReceiptSigner> signer() {
            return Optional.of(new ReceiptSigner(relay));
        }

        @Override
        public Grant grant(Frame.Grant frame, Id outbox) {
            return Grant.of(frame.grant());
        }
    }

    /** A client that has proved to be somebody, and any grant. */
    private static final class Proved implements Standing {
        static final Grant PASS =
                Grant.sign(BOB, GrantTerms.of(BOB.key(), 0, 1, GrantTerms.Rate.perSecond(1), 1));

        @Override
        public Access access() {
            return Access.everything();
        }

        @Override
        public Optional<IdentityKey> identity() {
            return Optional.of(BOB.key());
        }

        @Override
        public Optional<ReceiptSigner> signer() {
            return Optional.empty();
        }

        @Override
        public Grant grant(Frame.Grant frame, Id outbox) {
            return PASS;
        }
    }

    private static List<SendEntry.Send> sends(List<Effect> effects) {
        List<SendEntry.Send> sends = new ArrayList<>();
        for (Effect effect : effects) {
            if (effect instanceof Effect.HandSends hand) {
                hand.entries().forEach(entry -> sends.add((SendEntry.Send) entry));
            }
        }
        return sends;
    }

    private static ErrorCode fail(Effect effect) {
        assertThat(effect).isInstanceOf(Effect.Fail.class);
        return ((Effect.Fail) effect).code();
    }

    private static Frame.Send send(long number, String mailbox) {
        return new Frame.Send(number, 0, envelope(mailbox, 3_600_000));
    }

    static ByteBuf envelope(String mailbox, long ttlMillis) {
        ByteBuf encoded =
                EnvelopeCodec.encode(
                        MessageEnvelope.builder()
                                .id("0e9b1f3a-6a0c-4b57-8d2e-3f1c5a7b9d10")
                                .recipient(mailbox)
                                .timestampSeconds(1)
                                .ttlMillis(ttlMillis)
                                .payload("x")
                                .build(),
                        UnpooledByteBufAllocator.DEFAULT);
        ByteBuf copy = Unpooled.copiedBuffer(encoded);
        encoded.release();
        return copy;
    }

    /** A clear header as it stands, live-only if its time to live is 0. */
    private static ByteBuf header(String mailbox, int ttl, int notBefore, int collapseBytes) {
        ByteBuf out = Unpooled.buffer();
        out.writeByte(1).writeByte(ttl == 0 ? 4 : 0).writeByte(mailbox.length());
        out.writeCharSequence(mailbox, UTF_8);
        return out.writeZero(16)
                .writeByte(ttl)
                .writeByte(notBefore)
                .writeByte(collapseBytes)
                .writeZero(collapseBytes);
    }

    /** With an empty body behind it. */
    private static ByteBuf patched(ByteBuf header) {
        return header.writeByte(0);
    }
}
