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
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Any sequence of frames, on two FETCH streams that may have the same subscription, with ends and
 * time between: the relay refuses or carries out, never throws, gives out no more than the credit
 * allows, answers no ack twice, and whoever comes next gets what is left. Each step is one byte
 * that says what happens, and then, for a frame, its bytes.
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

    /** Longer delays of a NACK are cut to this, so that in the end none is left. */
    private static final long DELAY_MILLIS_MAX = 30_000;

    @MethodSource("seeds")
    @FuzzTest
    void whateverComesTheRelayStaysWhole(byte[] bytes) {
        DeliveryFixture relay = new DeliveryFixture();
        relay.send("a", "one", "two", "three");
        Map<Id, Map<Long, Integer>> sizes = new HashMap<>();
        Watched[] clients = {new Watched(relay, sizes), new Watched(relay, sizes)};
        ByteBuf in = Unpooled.wrappedBuffer(bytes);
        while (in.readableBytes() >= 2) {
            int what = in.readUnsignedByte();
            int which = in.readUnsignedByte() & 1;
            clients[which].step(what, in);
            for (int i = 0; i < 2; i++) {
                clients[i].look();
                if (clients[i].over()) {
                    clients[i] = new Watched(relay, sizes);
                }
            }
        }
        for (Watched one : clients) {
            one.client.lose();
            one.look();
        }
        relay.pass(2 * DELAY_MILLIS_MAX);
        assertThat(relay.deliveries.leased("a")).isZero();
        long left = relay.waiting("a");
        FetchClient next = relay.receiver(9, "a");
        assertThat(next.delivered()).hasSize(Math.toIntExact(left));
    }

    /** One stream, and what its client may count on. */
    private static final class Watched {
        final DeliveryFixture relay;
        final FetchClient client;
        final Map<Id, Map<Long, Integer>> sizes;

        /** By number, what counts for the credit, and its size. */
        final Map<Long, Integer> counted = new HashMap<>();

        /** How often each number was acked and not answered. */
        final Map<Long, Integer> asked = new HashMap<>();

        Id id = new Id(0, 0);
        long credit;
        long creditBytes;
        long known;
        long last;
        boolean subscribing;
        boolean lost;
        int seen;

        Watched(DeliveryFixture relay, Map<Id, Map<Long, Integer>> sizes) {
            this.relay = relay;
            this.client = relay.client(1);
            relay.deliveries.open(client);
            this.sizes = sizes;
        }

        boolean over() {
            return lost || client.finished || client.failure != null;
        }

        void step(int what, ByteBuf in) {
            switch (what) {
                case LATER -> relay.pass(500);
                case MUCH_LATER -> relay.pass(20_000);
                case END -> client.end();
                case PONG -> client.pong();
                case FULL -> client.full = true;
                case ROOM -> client.room();
                case SEND -> relay.send("a", "more");
                case LOSE -> {
                    lost = true;
                    client.lose();
                }
                default -> arrive(read(in));
            }
        }

        private void arrive(FetchInput input) {
            lost = input instanceof FetchInput.Lost;
            if (!(input instanceof FetchInput.Arrived arrived)) {
                client.step(input);
                return;
            }
            expect(arrived.frame());
            client.step(input);
        }

        /** What a frame changes, if the relay takes it. */
        private void expect(Frame frame) {
            if (frame instanceof Frame.Subscribe subscribe && !subscribing) {
                subscribing = true;
                id = subscribe.subscription();
                known = subscribe.known();
                credit(subscribe.creditEnvelopes(), subscribe.creditBytes());
            } else if (frame instanceof Frame.Credit changed) {
                credit(changed.creditEnvelopes(), changed.creditBytes());
            } else if (frame instanceof Frame.Ack ack && ack.deliveries().last() <= last) {
                FetchClient.numbers(ack.deliveries())
                        .forEach(number -> asked.merge(number, 1, Integer::sum));
                counted.keySet().removeAll(FetchClient.numbers(ack.deliveries()).toList());
            } else if (frame instanceof Frame.Nack nack && nack.deliveries().last() <= last) {
                counted.keySet().removeAll(FetchClient.numbers(nack.deliveries()).toList());
            }
        }

        private void credit(long envelopes, long bytes) {
            credit = Math.min(envelopes, DeliveryFixture.LIMITS.creditEnvelopesMax());
            creditBytes = Math.min(bytes, DeliveryFixture.LIMITS.creditBytesMax());
        }

        /** Checks what the relay has written since. */
        void look() {
            for (; seen < client.frames.size(); seen++) {
                check(client.frames.get(seen));
            }
        }

        private void check(Frame frame) {
            if (frame instanceof Frame.Subscribed subscribed) {
                last = Math.max(known, subscribed.next() - 1);
                if (!subscribed.resumed()) {
                    sizes.remove(id);
                }
            } else if (frame instanceof Frame.Held held) {
                FetchClient.numbers(held.deliveries())
                        .forEach(number -> counted.put(number, size(number)));
            } else if (frame instanceof Frame.Deliver deliver) {
                delivered(deliver);
            } else if (frame instanceof Frame.Acked acked) {
                FetchClient.numbers(acked.deliveries()).forEach(this::answered);
            } else if (frame instanceof Frame.LeaseLost gone
                    && gone.answers() == FrameType.ACK.number()) {
                FetchClient.numbers(gone.deliveries()).forEach(this::answered);
            }
        }

        private void delivered(Frame.Deliver deliver) {
            assertThat(deliver.delivery()).isEqualTo(++last);
            int bytes = deliver.envelope().readableBytes();
            assertThat(credit).isPositive();
            assertThat(creditBytes).isPositive();
            if (!counted.isEmpty()) {
                assertThat((long) counted.size()).isLessThan(credit);
                long before = counted.values().stream().mapToLong(Integer::longValue).sum();
                assertThat(before + bytes).isLessThanOrEqualTo(creditBytes);
            }
            counted.put(last, bytes);
            sizes.computeIfAbsent(id, none -> new HashMap<>()).put(last, bytes);
        }

        private void answered(long number) {
            assertThat(asked.merge(number, -1, Integer::sum))
                    .as("answers owed for the ack of " + number)
                    .isNotNegative();
        }

        private int size(long number) {
            return sizes.getOrDefault(id, Map.of()).getOrDefault(number, 0);
        }
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
            return new FetchInput.Arrived(
                    frame instanceof Frame.Nack nack ? withShortDelay(nack) : frame);
        } catch (ProtocolException e) {
            in.skipBytes(in.readableBytes());
            return new FetchInput.Broken(e.code(), e.sentence());
        }
    }

    private static Frame withShortDelay(Frame.Nack nack) {
        return new Frame.Nack(
                nack.deliveries(),
                Math.min(nack.delayMillis(), DELAY_MILLIS_MAX),
                nack.dead(),
                nack.reason());
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
        Frame back = new Frame.Subscribe(new Id(0, 1), 2, Mode.SHARED, 1000, 2, 1000, 2, 1);
        Frame ack = new Frame.Ack(Ranges.of(1, 2));
        Frame ackOne = new Frame.Ack(Ranges.of(1, 1));
        Frame nackOne = new Frame.Nack(Ranges.of(1, 1), 20_000, false, "no");
        return Stream.of(
                sequence(subscribe, add, ack, new Frame.Credit(9, 999), SEND, ack),
                sequence(subscribe, add, nackOne, ackOne, SEND, ackOne, SEND),
                sequence(subscribe, add, new Frame.Credit(1, 1000), ackOne, SEND),
                sequence(subscribe, add, LOSE, back, new Frame.Hold(Ranges.of(1, 2)), add, SEND),
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
