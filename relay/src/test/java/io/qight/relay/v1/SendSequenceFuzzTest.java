package io.qight.relay.v1;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.qight.relay.outbox.ReceiptRun;
import io.qight.relay.outbox.SendEntry;
import io.qight.wire.ErrorCode;
import io.qight.wire.ProtocolException;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.FrameCodec;
import io.qight.wire.v1.Id;
import io.qight.wire.v1.Ranges;
import io.qight.wire.v1.ReceiptOutcome;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Any bytes on a SEND stream, cut anywhere, with receipts between: the session carries out or
 * refuses, never throws, and every SEND that it handed on gets one receipt. Each step is one byte:
 * how many of the following bytes come next, or, above 200, what the writer answers.
 */
final class SendSequenceFuzzTest {
    private static final int ANSWERS_FROM = 200;

    @MethodSource("seeds")
    @FuzzTest
    void whateverComesEachSendHasOneReceipt(byte[] bytes) {
        Run run = new Run();
        ByteBuf in = Unpooled.wrappedBuffer(bytes);
        while (in.isReadable() && !run.over) {
            int step = in.readUnsignedByte();
            if (step < ANSWERS_FROM) {
                run.arrive(in.readRetainedSlice(Math.min(step, in.readableBytes())));
            } else {
                run.answer(step % 3);
            }
        }
        while (!run.groups.isEmpty()) {
            run.answer(0);
        }
        assertThat(run.receipts).isEqualTo(run.handed);
    }

    private static final class Run {
        final FrameInput input = new FrameInput(false, 10_000);
        final SendSession session =
                new SendSession(
                        ControlSettings.limits(Duration.ofDays(30), Duration.ofSeconds(30)));
        final Deque<Integer> groups = new ArrayDeque<>();
        long handed;
        long receipts;
        boolean over;

        void arrive(ByteBuf bytes) {
            input.add(bytes);
            List<Frame> frames = new ArrayList<>();
            try {
                for (Frame frame = input.next(); frame != null; frame = input.next()) {
                    frames.add(frame);
                }
            } catch (ProtocolException e) {
                over = true;
            }
            if (!frames.isEmpty()) {
                carryOut(session.step(new Input.Frames(frames), 1_000_000));
            }
            if (over) {
                carryOut(session.step(new Input.Broken(ErrorCode.MALFORMED_FRAME, ""), 1_000_000));
            }
        }

        void answer(int how) {
            if (groups.isEmpty()) {
                return;
            }
            ReceiptOutcome outcome =
                    switch (how) {
                        case 0 -> new ReceiptOutcome.Stored(1);
                        case 1 -> new ReceiptOutcome.OutcomeUnknown();
                        default ->
                                new ReceiptOutcome.Refused(
                                        ErrorCode.MAILBOX_FULL.number(), "full", 0);
                    };
            int sends = groups.remove();
            List<ReceiptRun> runs =
                    sends == 0 ? List.of() : List.of(new ReceiptRun(sends, outcome));
            carryOut(session.step(new Input.Receipts(1, runs), 1_000_000));
        }

        private void carryOut(List<Effect> effects) {
            for (Effect effect : effects) {
                if (effect instanceof Effect.HandSends hand) {
                    int sends = 0;
                    for (SendEntry entry : hand.entries()) {
                        sends += entry instanceof SendEntry.Send ? 1 : 0;
                    }
                    groups.add(sends);
                    handed += sends;
                } else if (effect instanceof Effect.Write write
                        && write.frame() instanceof Frame.Receipt receipt) {
                    receipts += receipt.more() + 1;
                } else if (effect instanceof Effect.Fail) {
                    over = true;
                }
            }
        }
    }

    static Stream<byte[]> seeds() {
        ByteBuf envelope = SendSessionTest.envelope("bob", 60_000);
        Frame outbox = new Frame.Outbox(new Id(1, 2), 3, 600_000, 0, 0);
        return Stream.of(
                steps(outbox, new Frame.Send(1, 0, envelope), new Frame.Send(2, 9, envelope), 200),
                steps(outbox, new Frame.Send(1, 0, envelope), 202, new Frame.Send(1, 5, envelope)),
                steps(
                        outbox,
                        new Frame.Send(5, 0, envelope),
                        202,
                        new Frame.GiveUp(Ranges.of(5, 5)),
                        201,
                        new Frame.Send(4, 0, envelope)));
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
