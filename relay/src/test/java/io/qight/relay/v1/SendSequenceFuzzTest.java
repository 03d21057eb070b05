package io.qight.relay.v1;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.qight.relay.outbox.ReceiptRun;
import io.qight.relay.outbox.SendEntry;
import io.qight.wire.ErrorCode;
import io.qight.wire.ProtocolException;
import io.qight.wire.v1.ConnectionLimits;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.FrameCodec;
import io.qight.wire.v1.Id;
import io.qight.wire.v1.Ranges;
import io.qight.wire.v1.ReceiptOutcome;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Any bytes on a SEND stream, cut anywhere, with receipts between: the session carries out or
 * refuses, never throws, hands on nothing beyond its window, gives every SEND that it handed on one
 * receipt under its number, and ends once, behind the last of them. Each step is one byte: how many
 * of the following bytes come next, or, above 200, what the writer answers.
 */
final class SendSequenceFuzzTest {
    /** What the writer answers goes by threes from here. */
    private static final int REFUSED = 201;

    private static final int STORED = 202;
    private static final int UNKNOWN = 203;
    private static final int WINDOW = ConnectionLimits.SEND_ENVELOPES_MIN;
    private static final int WINDOW_BYTES = ConnectionLimits.SEND_BYTES_MIN;
    private static final ConnectionLimits LIMITS =
            new ConnectionLimits(
                    10_000,
                    86_400_000,
                    WINDOW,
                    WINDOW_BYTES,
                    9,
                    9,
                    9,
                    1_000,
                    9_000,
                    600_000,
                    30_000);

    @MethodSource("seeds")
    @FuzzTest
    void whateverComesEachSendHasOneReceipt(byte[] bytes) {
        Run run = new Run();
        ByteBuf in = Unpooled.wrappedBuffer(bytes);
        while (in.isReadable() && !run.broken && run.ends == 0) {
            int step = in.readUnsignedByte();
            if (step < REFUSED) {
                run.arrive(in.readRetainedSlice(Math.min(step, in.readableBytes())));
            } else {
                run.answer(step);
            }
        }
        run.carryOut(run.session.step(new Input.Finished(), 1_000_000));
        while (!run.groups.isEmpty()) {
            run.answer(STORED);
        }
        assertThat(run.waiting).isEmpty();
        assertThat(run.ends).isEqualTo(1);
    }

    /** The connection and the writer around a session, and what the client may count on. */
    private static final class Run {
        final FrameInput input = new FrameInput(false, 10_000);
        final SendSession session = new SendSession(LIMITS, Stranger.STANDING);
        final Deque<List<SendEntry.Send>> groups = new ArrayDeque<>();

        /** What has no receipt, in its order. */
        final Deque<SendEntry.Send> waiting = new ArrayDeque<>();

        /** Those of them that were not given up. */
        final Set<Long> kept = new HashSet<>();

        final Set<Long> refused = new HashSet<>();
        long highest;
        boolean opened;
        boolean broken;
        int ends;

        void arrive(ByteBuf bytes) {
            input.add(bytes);
            List<Frame> frames = new ArrayList<>();
            try {
                for (Frame frame = input.next(); frame != null; frame = input.next()) {
                    frames.add(frame);
                }
            } catch (ProtocolException e) {
                broken = true;
            }
            if (!frames.isEmpty()) {
                carryOut(session.step(new Input.Frames(frames), 1_000_000));
            }
            if (broken) {
                carryOut(session.step(new Input.Broken(ErrorCode.MALFORMED_FRAME, ""), 1_000_000));
            }
            broken |= !session.reads();
        }

        void answer(int how) {
            if (groups.isEmpty()) {
                return;
            }
            ReceiptOutcome outcome =
                    switch ((how - REFUSED) % 3) {
                        case 0 ->
                                new ReceiptOutcome.Refused(
                                        ErrorCode.MAILBOX_FULL.number(), "full", 0);
                        case 1 -> new ReceiptOutcome.Stored(1);
                        default -> new ReceiptOutcome.OutcomeUnknown();
                    };
            carryOut(
                    session.step(new Input.Receipts(1, runs(groups.remove(), outcome)), 1_000_000));
        }

        /** Numbers that follow each other are answered together, as the writer does. */
        private static List<ReceiptRun> runs(List<SendEntry.Send> sends, ReceiptOutcome outcome) {
            List<ReceiptRun> runs = new ArrayList<>();
            int from = 0;
            for (int i = 1; i <= sends.size(); i++) {
                if (i == sends.size() || sends.get(i).number() != sends.get(i - 1).number() + 1) {
                    runs.add(new ReceiptRun(i - from, outcome));
                    from = i;
                }
            }
            return runs;
        }

        void carryOut(List<Effect> effects) {
            for (Effect effect : effects) {
                assertThat(ends).as("nothing follows the end").isZero();
                if (effect instanceof Effect.OpenOutbox) {
                    assertThat(opened).as("an outbox is opened once").isFalse();
                    opened = true;
                } else if (effect instanceof Effect.HandSends hand) {
                    hand(hand.entries());
                } else if (effect instanceof Effect.Write write
                        && write.frame() instanceof Frame.Receipt receipt) {
                    receipt(receipt);
                } else if (effect instanceof Effect.Fail || effect instanceof Effect.Finish) {
                    assertThat(waiting).as("the end comes behind the receipts").isEmpty();
                    ends++;
                }
            }
        }

        private void hand(List<SendEntry> entries) {
            assertThat(opened).isTrue();
            List<SendEntry.Send> sends = new ArrayList<>();
            for (SendEntry entry : entries) {
                if (entry instanceof SendEntry.Send send) {
                    assertThat(send.number() > highest || refused.remove(send.number())).isTrue();
                    highest = Math.max(highest, send.number());
                    kept.add(send.number());
                    waiting.add(send);
                    sends.add(send);
                    long bytes = waiting.stream().mapToLong(one -> one.bytes().remaining()).sum();
                    assertThat(waiting.size() + refused.size()).isLessThanOrEqualTo(WINDOW);
                    assertThat(waiting.size() == 1 || bytes <= WINDOW_BYTES).isTrue();
                } else if (entry instanceof SendEntry.GiveUp giveUp) {
                    kept.removeIf(number -> within(giveUp.numbers(), number));
                    refused.removeIf(number -> within(giveUp.numbers(), number));
                }
            }
            groups.add(sends);
        }

        private void receipt(Frame.Receipt receipt) {
            for (long number = receipt.first();
                    number <= receipt.first() + receipt.more();
                    number++) {
                assertThat(waiting).as("the receipt of " + number).isNotEmpty();
                assertThat(waiting.remove().number()).isEqualTo(number);
                if (kept.remove(number) && receipt.outcome() instanceof ReceiptOutcome.Refused) {
                    refused.add(number);
                }
            }
        }

        private static boolean within(Ranges numbers, long number) {
            return numbers.list().stream()
                    .anyMatch(range -> range.first() <= number && number <= range.last());
        }
    }

    static Stream<byte[]> seeds() {
        ByteBuf envelope = SendSessionTest.envelope("bob", 60_000);
        Frame outbox = new Frame.Outbox(new Id(1, 2), 3, 600_000, 0, 0);
        return Stream.of(
                steps(
                        outbox,
                        new Frame.Send(1, 0, envelope),
                        new Frame.Send(2, 9, envelope),
                        STORED),
                steps(
                        outbox,
                        new Frame.Send(1, 0, envelope),
                        REFUSED,
                        new Frame.Send(1, 5, envelope)),
                steps(
                        outbox,
                        new Frame.Send(5, 0, envelope),
                        REFUSED,
                        new Frame.GiveUp(Ranges.of(5, 5)),
                        UNKNOWN,
                        new Frame.Send(4, 0, envelope)),
                steps(outbox, new Frame.Send(1, 0, envelope), outbox),
                steps(
                        outbox,
                        new Frame.Send(1, 0, envelope),
                        REFUSED,
                        new Frame.GiveUp(Ranges.of(1, 1)),
                        new Frame.Send(1, 0, envelope)),
                manySends(outbox, envelope, 0),
                manySends(outbox, envelope, 1));
    }

    /** As many as the window holds, one more, and so many of them refused before. */
    private static byte[] manySends(Frame outbox, ByteBuf envelope, int refused) {
        List<Object> steps = new ArrayList<>(List.of(outbox));
        for (int i = 1; i <= WINDOW + 1; i++) {
            steps.add(new Frame.Send(i, 0, envelope));
            if (i <= refused) {
                steps.add(REFUSED);
            }
        }
        return steps(steps.toArray());
    }

    private static byte[] steps(Object... steps) {
        ByteBuf out = Unpooled.buffer();
        for (Object step : steps) {
            if (step instanceof Frame frame) {
                ByteBuf encoded = Unpooled.buffer();
                FrameCodec.encode(frame, encoded);
                out.writeByte(encoded.readableBytes()).writeBytes(encoded);
            } else {
                out.writeByte((int) step);
            }
        }
        byte[] bytes = new byte[out.readableBytes()];
        out.readBytes(bytes);
        return bytes;
    }
}
