package io.qight.wire.v1;

import io.netty.buffer.ByteBuf;
import io.qight.wire.ErrorCode;
import java.util.ArrayList;
import java.util.List;

/** Reads the fields of each frame; the twin of {@link FrameWriter}. */
final class FrameReader {
    private FrameReader() {}

    /** The frame whose fields are exactly the readable bytes. */
    static Frame read(FrameType type, ByteBuf body) {
        FieldReader in = new FieldReader(body, ErrorCode.MALFORMED_FRAME, type.name());
        Frame frame = readFields(type, in);
        if (!type.grows()) {
            in.requireEnd();
        }
        return frame;
    }

    private static Frame readFields(FrameType type, FieldReader in) {
        return switch (type) {
            case HELLO ->
                    new Frame.Hello(
                            in.string(),
                            in.varint(),
                            in.bytes(Frame.Hello.IDENTITY_BYTES),
                            in.bytes(Frame.Hello.TOKEN_BYTES_MAX));
            case WELCOME ->
                    new Frame.Welcome(
                            in.string(),
                            in.string(),
                            in.varint(),
                            in.varint(),
                            in.fixed(Frame.Welcome.NONCE_BYTES),
                            limits(in));
            case PROVE -> new Frame.Prove(in.fixed(Frame.Prove.SIGNATURE_BYTES));
            case PROVED -> new Frame.Proved();
            case GOAWAY ->
                    new Frame.GoAway(
                            in.varint(), Values.readSentence(in), in.varint(), in.varint());
            case LIMITS -> new Frame.Limits(limits(in));
            case PING -> new Frame.Ping(in.varint());
            case PONG -> new Frame.Pong(in.varint());
            case ERROR -> new Frame.StreamError(in.varint(), Values.readSentence(in));
            case REVOKE ->
                    new Frame.Revoke(
                            in.varint(),
                            in.id(),
                            in.varint(),
                            in.fixed(Frame.Prove.SIGNATURE_BYTES));
            case DEMAND -> new Frame.Demand(in.varint(), in.flag());
            case KEPT -> new Frame.Kept(in.varint(), in.varint(), Values.readSentence(in));

            case OUTBOX ->
                    new Frame.Outbox(in.id(), in.varint(), in.varint(), in.varint(), in.varint());
            case SEND -> new Frame.Send(in.varint(), in.varint(), in.rest());
            case GIVE_UP -> new Frame.GiveUp(in.ranges());
            case RECEIPT -> new Frame.Receipt(in.varint(), in.varint(), outcome(in));
            case GRANT ->
                    new Frame.Grant(
                            in.bytes(Frame.Grant.GRANT_BYTES_MAX),
                            in.fixed(Frame.Prove.SIGNATURE_BYTES));

            case SUBSCRIBE ->
                    new Frame.Subscribe(
                            in.id(),
                            in.varint(),
                            mode(in),
                            in.varint(),
                            in.varint(),
                            in.varint(),
                            in.varint(),
                            in.varint());
            case HOLD -> new Frame.Hold(in.ranges());
            case SUBSCRIBED ->
                    new Frame.Subscribed(in.flag(), in.varint(), in.varint(), in.varint());
            case HELD -> new Frame.Held(in.ranges());
            case ADD -> new Frame.Add(in.varint(), in.string());
            case ADDED -> new Frame.Added(in.varint(), in.varint());
            case NOT_ADDED -> new Frame.NotAdded(in.varint(), in.varint(), Values.readSentence(in));
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
            case ACK -> new Frame.Ack(in.ranges());
            case ACKED -> new Frame.Acked(in.ranges());
            case NACK ->
                    new Frame.Nack(in.ranges(), in.varint(), in.flag(), Values.readSentence(in));
            case EXTEND -> new Frame.Extend(in.ranges(), in.varint());
            case LEASE_LOST -> new Frame.LeaseLost(in.ranges(), in.varint());
            case CREDIT -> new Frame.Credit(in.varint(), in.varint());
        };
    }

    private static ConnectionLimits limits(FieldReader in) {
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

    private static Mode mode(FieldReader in) {
        long number = in.varint();
        return Mode.of(number).orElseThrow(() -> in.malformed("has no mode " + number));
    }

    private static ReceiptOutcome outcome(FieldReader in) {
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
            return new ReceiptOutcome.Refused(in.varint(), Values.readSentence(in), in.varint());
        } else if (number == 6) {
            return new ReceiptOutcome.Signed(
                    in.varint(),
                    in.fixed(Frame.Hello.IDENTITY_BYTES),
                    deadlines(in),
                    in.fixed(Frame.Prove.SIGNATURE_BYTES));
        }
        throw in.malformed("has no outcome " + number);
    }

    private static List<Long> deadlines(FieldReader in) {
        long count = in.varint();
        if (count > ReceiptOutcome.Signed.SENDS_MAX) {
            throw in.malformed("has " + count + " deadlines");
        }
        List<Long> deadlines = new ArrayList<>((int) count);
        for (long i = 0; i < count; i++) {
            deadlines.add(in.varint());
        }
        return deadlines;
    }
}
