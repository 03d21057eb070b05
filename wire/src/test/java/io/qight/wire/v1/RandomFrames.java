package io.qight.wire.v1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.qight.wire.RandomEnvelopes;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** Frames of all sorts. */
final class RandomFrames {
    private RandomFrames() {}

    static Frame any(Random random) {
        FrameType[] types = FrameType.values();
        return of(types[random.nextInt(types.length)], random);
    }

    static byte[] bytes(Frame frame) {
        ByteBuf out = Unpooled.buffer();
        FrameCodec.encode(frame, out);
        return ByteBufUtil.getBytes(out);
    }

    /** A frame of the type, with values of all sizes that it may have. */
    static Frame of(FrameType type, Random r) {
        return switch (type) {
            case HELLO ->
                    new Frame.Hello(
                            RandomEnvelopes.name(r),
                            n(r),
                            bytes(r, r.nextInt(2) * 32),
                            bytes(r, r.nextInt(99)));
            case WELCOME ->
                    new Frame.Welcome(
                            RandomEnvelopes.name(r),
                            RandomEnvelopes.name(r),
                            n(r),
                            1 + r.nextInt(3),
                            bytes(r, 32),
                            limits(r));
            case PROVE -> new Frame.Prove(bytes(r, 64));
            case PROVED -> new Frame.Proved();
            case GOAWAY -> new Frame.GoAway(n(r), sentence(r), n(r), n(r));
            case LIMITS -> new Frame.Limits(limits(r));
            case PING -> new Frame.Ping(n(r));
            case PONG -> new Frame.Pong(n(r));
            case ERROR -> new Frame.StreamError(n(r), sentence(r));
            case REVOKE -> new Frame.Revoke(n(r), id(r), n(r), bytes(r, 64));
            case DEMAND -> new Frame.Demand(n(r), r.nextBoolean());
            case KEPT -> new Frame.Kept(n(r), n(r), sentence(r));
            case OUTBOX -> new Frame.Outbox(id(r), n(r), n(r), n(r), n(r));
            case SEND -> new Frame.Send(n(r), n(r), envelope(r));
            case GIVE_UP -> new Frame.GiveUp(ranges(r));
            case RECEIPT -> receipt(r);
            case GRANT -> new Frame.Grant(bytes(r, r.nextInt(257)), bytes(r, 64));
            case SUBSCRIBE ->
                    new Frame.Subscribe(
                            id(r),
                            n(r),
                            r.nextBoolean() ? Mode.SHARED : Mode.EXCLUSIVE,
                            n(r),
                            n(r),
                            n(r),
                            n(r) >>> 1,
                            r.nextInt(65));
            case HOLD -> new Frame.Hold(ranges(r));
            case SUBSCRIBED -> new Frame.Subscribed(r.nextBoolean(), n(r), n(r), n(r));
            case HELD -> new Frame.Held(ranges(r));
            case ADD -> new Frame.Add(n(r), RandomEnvelopes.text(r));
            case ADDED -> new Frame.Added(n(r), n(r));
            case NOT_ADDED -> new Frame.NotAdded(n(r), n(r), sentence(r));
            case REMOVE -> new Frame.Remove(n(r));
            case REMOVED -> new Frame.Removed(n(r), n(r));
            case DELIVER -> new Frame.Deliver(n(r), n(r), n(r), n(r), n(r), envelope(r));
            case CAUGHT_UP -> new Frame.CaughtUp(n(r), n(r));
            case ACK -> new Frame.Ack(ranges(r));
            case ACKED -> new Frame.Acked(ranges(r));
            case NACK -> new Frame.Nack(ranges(r), n(r), r.nextBoolean(), sentence(r));
            case EXTEND -> new Frame.Extend(ranges(r), n(r));
            case LEASE_LOST -> new Frame.LeaseLost(ranges(r), new int[] {0, 43, 46}[r.nextInt(3)]);
            case CREDIT -> new Frame.Credit(n(r), n(r));
        };
    }

    /** A number of any size up to 2^62-1. */
    private static long n(Random random) {
        return random.nextLong() >>> (2 + random.nextInt(62));
    }

    private static Id id(Random random) {
        return new Id(random.nextLong(), random.nextLong());
    }

    private static ByteBuffer bytes(Random random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return ByteBuffer.wrap(bytes);
    }

    private static ByteBuf envelope(Random random) {
        return Unpooled.wrappedBuffer(bytes(random, random.nextInt(200)));
    }

    /** Made to fit by whoever takes it. */
    private static String sentence(Random random) {
        return RandomEnvelopes.text(random);
    }

    private static Ranges ranges(Random random) {
        List<Ranges.Range> list = new ArrayList<>();
        long last = 0;
        do {
            long first = last + 1 + (n(random) >>> 12);
            last = first + (n(random) >>> 12);
            list.add(new Ranges.Range(first, last));
        } while (list.size() < Ranges.RANGES_MAX && random.nextInt(20) > 0);
        return new Ranges(list);
    }

    private static ConnectionLimits limits(Random r) {
        return new ConnectionLimits(
                r.nextInt(10_000_001),
                n(r),
                Math.max(64, n(r)),
                Math.max(65_536, n(r)),
                n(r),
                n(r),
                n(r),
                n(r),
                n(r),
                n(r),
                n(r));
    }

    private static Frame.Receipt receipt(Random r) {
        if (r.nextInt(6) > 0) {
            return new Frame.Receipt(n(r), n(r), outcome(r));
        }
        List<Long> deadlines = Stream.generate(() -> n(r)).limit(1 + r.nextInt(9)).toList();
        return new Frame.Receipt(
                n(r),
                deadlines.size() - 1L,
                new ReceiptOutcome.Signed(1 + r.nextInt(3), bytes(r, 32), deadlines, bytes(r, 64)));
    }

    private static ReceiptOutcome outcome(Random r) {
        return switch (r.nextInt(6)) {
            case 0 -> new ReceiptOutcome.Stored(1 + r.nextInt(3));
            case 1 -> new ReceiptOutcome.Duplicate(1 + r.nextInt(3));
            case 2 -> new ReceiptOutcome.Handed(n(r));
            case 3 -> new ReceiptOutcome.Nobody();
            case 4 -> new ReceiptOutcome.OutcomeUnknown();
            default -> new ReceiptOutcome.Refused(n(r), sentence(r), n(r));
        };
    }
}
