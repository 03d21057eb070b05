package io.qight.wire.v1;

import io.netty.buffer.ByteBuf;
import io.qight.wire.ErrorCode;
import io.qight.wire.ProtocolException;
import java.util.ArrayList;
import java.util.List;

/** Reads the fields of each frame; the twin of {@link FrameWriter}. */
final class FrameReader {
    private static final int IDENTITY_BYTES = 32;
    private static final int TOKEN_BYTES_MAX = 4096;
    private static final int NONCE_BYTES = 32;
    private static final int SIGNATURE_BYTES = 64;

    private FrameReader() {}

    static Frame read(FrameType type, ByteBuf body) {
        Fields in = new Fields(body);
        Frame frame = readFields(type, in);
        // A later version may put more behind these three.
        boolean grows =
                type == FrameType.HELLO || type == FrameType.WELCOME || type == FrameType.LIMITS;
        if (!grows) {
            in.requireEnd();
        }
        return frame;
    }

    private static Frame readFields(FrameType type, Fields in) {
        return switch (type) {
            case HELLO ->
                    new Frame.Hello(
                            in.string(),
                            in.varint(),
                            in.bytes(IDENTITY_BYTES, IDENTITY_BYTES),
                            in.bytes(1, TOKEN_BYTES_MAX));
            case WELCOME ->
                    new Frame.Welcome(
                            in.string(),
                            in.string(),
                            in.varint(),
                            in.varint(),
                            in.fixed(NONCE_BYTES),
                            limits(in));
            case PROVE -> new Frame.Prove(in.fixed(SIGNATURE_BYTES));
            case PROVED -> new Frame.Proved();
            case GOAWAY -> new Frame.GoAway(in.varint(), in.string(), in.varint(), in.varint());
            case LIMITS -> new Frame.Limits(limits(in));
            case PING -> new Frame.Ping(in.varint());
            case PONG -> new Frame.Pong(in.varint());
            case ERROR -> new Frame.StreamError(in.varint(), in.string());
            case OUTBOX -> new Frame.Outbox(in.id(), in.varint(), in.varint(), in.varint());
            case SEND -> new Frame.Send(in.varint(), in.varint(), in.rest());
            case GIVE_UP -> new Frame.GiveUp(ranges(in));
            case RECEIPT -> new Frame.Receipt(in.varint(), in.varint(), outcome(in));
            case SUBSCRIBE ->
                    new Frame.Subscribe(
                            in.id(), mode(in), in.varint(), in.varint(), in.varint(), in.varint());
            case HOLD -> new Frame.Hold(ranges(in));
            case SUBSCRIBED ->
                    new Frame.Subscribed(in.flag(), in.varint(), in.varint(), in.varint());
            case HELD -> new Frame.Held(ranges(in));
            case ADD -> new Frame.Add(in.varint(), in.string());
            case ADDED -> new Frame.Added(in.varint(), in.varint());
            case NOT_ADDED -> new Frame.NotAdded(in.varint(), in.varint(), in.string());
            case REMOVE -> new Frame.Remove(in.varint());
            case REMOVED -> new Frame.Removed(in.varint(), in.varint());
            case DELIVER ->
                    new Frame.Deliver(
                            in.varint(),
                            in.varint(),
                            in.varint(),
                            in.varint(),
                            in.varint(),
                            in.rest());
            case CAUGHT_UP -> new Frame.CaughtUp(in.varint(), in.varint());
            case ACK -> new Frame.Ack(ranges(in));
            case ACKED -> new Frame.Acked(ranges(in));
            case NACK -> new Frame.Nack(ranges(in), in.varint(), in.flag(), in.string());
            case EXTEND -> new Frame.Extend(ranges(in), in.varint());
            case LEASE_LOST -> new Frame.LeaseLost(ranges(in));
            case CREDIT -> new Frame.Credit(in.varint(), in.varint());
        };
    }

    private static ConnectionLimits limits(Fields in) {
        return new ConnectionLimits(
                in.varint(),
                in.varint(),
                in.varint(),
                in.varint(),
                in.varint(),
                in.varint(),
                in.varint(),
                in.varint(),
                in.varint(),
                in.varint(),
                in.varint());
    }

    private static ReceiptOutcome outcome(Fields in) {
        long number = in.varint();
        if (number == 0) {
            return new ReceiptOutcome.Stored(in.varint());
        } else if (number == 1) {
            return new ReceiptOutcome.Duplicate(in.varint());
        } else if (number == 2) {
            return new ReceiptOutcome.Handed(in.varint());
        } else if (number == 3) {
            return new ReceiptOutcome.Nobody();
        } else if (number == 4) {
            return new ReceiptOutcome.OutcomeUnknown();
        } else if (number == 5) {
            return new ReceiptOutcome.Refused(in.varint(), in.string(), in.varint());
        }
        throw malformed("a receipt with the unknown outcome " + number);
    }

    private static Mode mode(Fields in) {
        long number = in.varint();
        return Mode.of(number).orElseThrow(() -> malformed("the unknown mode " + number));
    }

    private static Ranges ranges(Fields in) {
        long count = in.varint();
        if (count < 1 || count > Ranges.RANGES_MAX) {
            throw malformed(count + " ranges, 1 to " + Ranges.RANGES_MAX + " are allowed");
        }
        List<Ranges.Range> list = new ArrayList<>((int) count);
        long last = 0;
        for (int i = 0; i < count; i++) {
            long step = in.varint();
            long more = in.varint();
            // Both are below 2^62, so neither sum wraps around before it is checked.
            if (step < 1 || last + step > Varint.MAX || last + step + more > Varint.MAX) {
                throw malformed("ranges that go back, or beyond 2^62-1");
            }
            list.add(new Ranges.Range(last + step, last + step + more));
            last = last + step + more;
        }
        return new Ranges(list);
    }

    private static ProtocolException malformed(String sentence) {
        return new ProtocolException(ErrorCode.MALFORMED_FRAME, sentence);
    }
}
