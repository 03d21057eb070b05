package io.qight.relay.v1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.qight.wire.ErrorCode;
import io.qight.wire.ProtocolException;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.FrameCodec;
import io.qight.wire.v1.Id;
import io.qight.wire.v1.Ranges;
import io.qight.wire.v1.StreamKind;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FrameInputTest {
    private static final int ENVELOPE_BYTES_MAX = 1_000_000;
    private static final Frame.Outbox OUTBOX = new Frame.Outbox(new Id(1, 2), 3, 4, 5, 6);

    private final FrameInput input = new FrameInput(false, ENVELOPE_BYTES_MAX);

    @Test
    void framesCutAtAnyByteAreTheSame() {
        List<Frame> frames =
                List.of(
                        OUTBOX,
                        send(1, 100),
                        new Frame.GiveUp(Ranges.of(1, 2)),
                        send(2, 5_000),
                        send(3, 0));
        byte[] bytes = bytes(frames);
        for (int cut = 0; cut <= bytes.length; cut++) {
            FrameInput one = new FrameInput(false, ENVELOPE_BYTES_MAX);
            List<Frame> read = new ArrayList<>();
            one.add(Unpooled.wrappedBuffer(bytes, 0, cut));
            readAll(one, read);
            one.add(Unpooled.wrappedBuffer(bytes, cut, bytes.length - cut));
            readAll(one, read);
            assertThat(read).isEqualTo(frames);
            assertThat(one.betweenFrames()).isTrue();
        }
    }

    @Test
    void byteAfterByteIsTheSame() {
        List<Frame> frames = List.of(OUTBOX, send(1, 300), send(2, 20_000));
        List<Frame> read = new ArrayList<>();
        for (byte one : bytes(frames)) {
            input.add(Unpooled.wrappedBuffer(new byte[] {one}));
            if (input.wantedBytes() > 0) {
                input.makeRoom();
            }
            readAll(input, read);
        }
        assertThat(read).isEqualTo(frames);
    }

    @Test
    void largeFrameAsksForItsRoomAndLeavesWhatFollowsForLater() {
        byte[] bytes = bytes(List.of(OUTBOX, send(1, 500_000), send(2, 10)));
        input.add(Unpooled.wrappedBuffer(bytes, 0, 1_000));
        assertThat(input.next()).isEqualTo(OUTBOX);
        assertThat(input.next()).isNull();
        assertThat(input.wantedBytes()).isBetween(500_000, 500_064);
        assertThat(input.begunBytes()).isEqualTo(input.wantedBytes());
        input.makeRoom();
        assertThat(input.large()).isTrue();
        assertThat(input.wantedBytes()).isZero();
        input.add(Unpooled.wrappedBuffer(bytes, 1_000, bytes.length - 1_000));
        assertThat(input.next()).isEqualTo(send(1, 500_000));
        assertThat(input.large()).isFalse();
        assertThat(input.next()).isEqualTo(send(2, 10));
        assertThat(input.betweenFrames()).isTrue();
    }

    @Test
    void tooLargeFrameIsRefusedByItsLength() {
        add(OUTBOX);
        input.next();
        ByteBuf head = Unpooled.buffer();
        head.writeInt(0x8000_0000 | (ENVELOPE_BYTES_MAX + 65));
        input.add(head);
        assertRefused(ErrorCode.FRAME_TOO_LARGE);
    }

    @Test
    void wrongFrameIsRefusedByItsTypeBeforeItsBytesCome() {
        add(OUTBOX);
        input.next();
        // An ACK of 100 bytes.
        input.add(Unpooled.wrappedBuffer(new byte[] {0x40, 100, 43}));
        assertRefused(ErrorCode.WRONG_STATE);
    }

    @Test
    void whatMayBeIgnoredIs() {
        add(OUTBOX);
        input.add(Unpooled.wrappedBuffer(new byte[] {3, 0x40, 0x40, 'x'}));
        add(send(1, 10));
        assertThat(input.next()).isEqualTo(OUTBOX);
        assertThat(input.next()).isEqualTo(send(1, 10));
        assertThat(input.kind()).isEqualTo(StreamKind.SEND);
    }

    @Test
    void framesBeforeABadOneAreGood() {
        add(OUTBOX);
        add(send(1, 10));
        input.add(Unpooled.wrappedBuffer(new byte[] {1, 63}));
        assertThat(input.next()).isEqualTo(OUTBOX);
        assertThat(input.next()).isEqualTo(send(1, 10));
        assertRefused(ErrorCode.UNKNOWN_FRAME);
    }

    @Test
    void onlyTheFirstStreamBeginsWithHello() {
        Frame hello = new Frame.Hello("me", 0, ByteBuffer.allocate(0), ByteBuffer.allocate(0));
        add(hello);
        assertRefused(ErrorCode.WRONG_STATE);
        FrameInput first = new FrameInput(true, ENVELOPE_BYTES_MAX);
        first.add(Unpooled.wrappedBuffer(bytes(List.of(hello))));
        assertThat(first.next()).isEqualTo(hello);
    }

    private void add(Frame frame) {
        input.add(Unpooled.wrappedBuffer(bytes(List.of(frame))));
    }

    private void assertRefused(ErrorCode code) {
        assertThatThrownBy(input::next)
                .isInstanceOfSatisfying(
                        ProtocolException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    private static void readAll(FrameInput input, List<Frame> read) {
        for (Frame frame = input.next(); frame != null; frame = input.next()) {
            read.add(frame);
        }
    }

    private static Frame.Send send(long number, int bytes) {
        return new Frame.Send(number, 0, Unpooled.buffer(bytes).writeZero(bytes));
    }

    private static byte[] bytes(List<Frame> frames) {
        ByteBuf out = Unpooled.buffer();
        frames.forEach(frame -> FrameCodec.encode(frame, out));
        byte[] bytes = new byte[out.readableBytes()];
        out.readBytes(bytes);
        return bytes;
    }
}
