package io.qight.relay.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.qight.wire.ErrorCode;
import io.qight.wire.ProtocolException;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.FrameCodec;
import io.qight.wire.v1.FrameType;
import io.qight.wire.v1.Id;
import io.qight.wire.v1.Mode;
import io.qight.wire.v1.Ranges;
import io.qight.wire.v1.StreamKind;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Any sequence of frames, on two FETCH streams that may have the same subscription, with ends and
 * time between: the relay refuses or carries out, never throws, and whoever comes next gets what is
 * left. Each step is one byte that says what happens, and then, for a frame, its bytes.
 */
final class FetchSequenceFuzzTest {
    private static final int FRAME = 0;
    private static final int LATER = 0xf0;
    private static final int MUCH_LATER = 0xf1;
    private static final int LOSE = 0xf2;
    private static final int END = 0xf3;
    private static final int PONG = 0xf4;
    private static final int FULL = 0xf5;
    private static final int ROOM = 0xf6;
    private static final int SEND = 0xf7;

    @MethodSource("seeds")
    @FuzzTest
    void whateverComesTheRelayStaysWhole(byte[] bytes) {
        DeliveryFixture relay = new DeliveryFixture();
        relay.send("a", "one", "two", "three");
        FetchClient[] clients = {relay.client(1), relay.client(1)};
        ByteBuf in = Unpooled.wrappedBuffer(bytes);
        while (in.readableBytes() >= 2) {
            int what = in.readUnsignedByte();
            int which = in.readUnsignedByte() & 1;
            clients[which] = step(relay, clients[which], what, in);
        }
        for (FetchClient client : clients) {
            client.lose();
        }
        relay.pass(60_000);
        assertThat(relay.deliveries.leased("a")).isZero();
        long left = relay.waiting("a");
        FetchClient next = relay.receiver(9, "a");
        assertThat(next.delivered()).hasSize(Math.toIntExact(left));
    }

    private static FetchClient step(
            DeliveryFixture relay, FetchClient client, int what, ByteBuf in) {
        switch (what) {
            case LATER -> relay.pass(500);
            case MUCH_LATER -> relay.pass(20_000);
            case END -> client.end();
            case PONG -> client.pong();
            case FULL -> client.full = true;
            case ROOM -> client.room();
            case SEND -> relay.send("a", "more");
            case LOSE -> {
                client.lose();
                return relay.client(1);
            }
            default -> {
                if (!client.finished && client.failure == null) {
                    client.step(read(in));
                }
            }
        }
        return client.finished || client.failure != null ? relay.client(1) : client;
    }

    private static FetchInput read(ByteBuf in) {
        try {
            Frame frame = frame(in);
            if (frame == null) {
                return new FetchInput.Lost();
            }
            FrameType type = frame.type();
            if (!type.standsOn(StreamKind.FETCH)
                    || type.direction() == FrameType.Direction.TO_CLIENT) {
                return new FetchInput.Broken(ErrorCode.WRONG_STATE, "not from a client");
            }
            return new FetchInput.Arrived(frame);
        } catch (ProtocolException e) {
            in.skipBytes(in.readableBytes());
            return new FetchInput.Broken(e.code(), e.sentence());
        }
    }

    private static @Nullable Frame frame(ByteBuf in) {
        while (true) {
            Optional<FrameCodec.Head> head = FrameCodec.head(in, 1000);
            if (head.isEmpty() || !FrameCodec.complete(head.get(), in)) {
                in.skipBytes(in.readableBytes());
                return null;
            }
            Optional<Frame> frame = FrameCodec.decode(head.get(), in);
            if (frame.isPresent()) {
                return frame.get();
            }
        }
    }

    static Stream<byte[]> seeds() {
        Frame subscribe = new Frame.Subscribe(new Id(0, 1), 1, Mode.SHARED, 1000, 2, 1000, 0, 0);
        Frame again = new Frame.Subscribe(new Id(0, 1), 2, Mode.EXCLUSIVE, 1000, 9, 99, 2, 1);
        Frame add = new Frame.Add(1, "a");
        Frame ack = new Frame.Ack(Ranges.of(1, 2));
        return Stream.of(
                sequence(subscribe, add, ack, new Frame.Credit(9, 999), SEND, ack),
                sequence(subscribe, add, LATER, LATER, LATER, PONG, ack),
                sequence(subscribe, add, LOSE, again, new Frame.Hold(Ranges.of(1, 1)), ack),
                sequence(
                        subscribe,
                        add,
                        FULL,
                        new Frame.Nack(Ranges.of(1, 1), 400, false, "no"),
                        LATER,
                        ROOM,
                        new Frame.Nack(Ranges.of(2, 2), 0, true, "bad"),
                        new Frame.Extend(Ranges.of(1, 3), 5000),
                        new Frame.Remove(1),
                        END,
                        MUCH_LATER));
    }

    private static byte[] sequence(Object... steps) {
        ByteBuf out = Unpooled.buffer();
        for (Object step : steps) {
            if (step instanceof Frame frame) {
                out.writeByte(FRAME).writeByte(0);
                FrameCodec.encode(frame, out);
            } else {
                out.writeByte((int) step).writeByte(0);
            }
        }
        byte[] bytes = new byte[out.readableBytes()];
        out.readBytes(bytes);
        return bytes;
    }
}
