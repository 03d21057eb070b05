package io.qight.wire.v1;

import io.netty.buffer.Unpooled;
import io.qight.wire.Vectors;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Makes the frame that a vector's fields say, without the code that is tested. */
record FrameVectors(Vectors.Case vector) {
    private static final String FILE = "v1-frames.txt";

    static List<Vectors.Case> all() {
        return Vectors.of(FILE).toList();
    }

    /** The frame; empty if it is of a type that is to be ignored. */
    static Optional<Frame> frame(Vectors.Case vector) {
        FrameVectors fields = new FrameVectors(vector);
        return FrameType.of(fields.number("type")).map(fields::frame);
    }

    private Frame frame(FrameType type) {
        return switch (type) {
            case HELLO ->
                    new Frame.Hello(
                            text("client_id"), number("features"), raw("identity"), raw("token"));
            case WELCOME ->
                    new Frame.Welcome(
                            text("relay_name"),
                            text("service_name"),
                            number("features"),
                            number("durability"),
                            raw("nonce"),
                            limits());
            case PROVE -> new Frame.Prove(raw("signature"));
            case PROVED -> new Frame.Proved();
            case GOAWAY ->
                    new Frame.GoAway(
                            number("code"),
                            text("sentence"),
                            number("within_millis"),
                            number("after_millis"));
            case LIMITS -> new Frame.Limits(limits());
            case PING -> new Frame.Ping(number("opaque"));
            case PONG -> new Frame.Pong(number("opaque"));
            case ERROR -> new Frame.StreamError(number("code"), text("sentence"));
            case REVOKE ->
                    new Frame.Revoke(
                            number("request"),
                            id("grant"),
                            number("ends_millis"),
                            raw("signature"));
            case DEMAND -> new Frame.Demand(number("request"), number("grants") == 1);
            case KEPT -> new Frame.Kept(number("request"), number("code"), text("sentence"));
            case OUTBOX ->
                    new Frame.Outbox(
                            id("outbox"),
                            number("opening"),
                            number("remember_millis"),
                            number("tried"),
                            number("tried_age_millis"));
            case SEND ->
                    new Frame.Send(
                            number("number"),
                            number("age_millis"),
                            Unpooled.wrappedBuffer(raw("envelope")));
            case GIVE_UP -> new Frame.GiveUp(ranges("numbers"));
            case RECEIPT -> new Frame.Receipt(number("first"), number("more"), outcome());
            case GRANT -> new Frame.Grant(raw("grant"), raw("proof"));
            case SUBSCRIBE ->
                    new Frame.Subscribe(
                            id("subscription"),
                            number("opening"),
                            number("mode") == 0 ? Mode.SHARED : Mode.EXCLUSIVE,
                            number("lease_millis"),
                            number("credit_envelopes"),
                            number("credit_bytes"),
                            number("known"),
                            number("hold"));
            case HOLD -> new Frame.Hold(ranges("deliveries"));
            case SUBSCRIBED ->
                    new Frame.Subscribed(
                            number("resumed") == 1,
                            number("lease_millis"),
                            number("next"),
                            number("held"));
            case HELD -> new Frame.Held(ranges("deliveries"));
            case ADD -> new Frame.Add(number("mailbox"), text("name"));
            case ADDED -> new Frame.Added(number("mailbox"), number("waiting"));
            case NOT_ADDED ->
                    new Frame.NotAdded(number("mailbox"), number("code"), text("sentence"));
            case REMOVE -> new Frame.Remove(number("mailbox"));
            case REMOVED -> new Frame.Removed(number("mailbox"), number("code"));
            case DELIVER ->
                    new Frame.Deliver(
                            number("mailbox"),
                            number("delivery"),
                            number("left_millis"),
                            number("deliveries"),
                            number("failures"),
                            Unpooled.wrappedBuffer(raw("envelope")));
            case CAUGHT_UP -> new Frame.CaughtUp(number("mailbox"), number("last"));
            case ACK -> new Frame.Ack(ranges("deliveries"));
            case ACKED -> new Frame.Acked(ranges("deliveries"));
            case NACK ->
                    new Frame.Nack(
                            ranges("deliveries"),
                            number("delay_millis"),
                            number("dead") == 1,
                            text("reason"));
            case EXTEND -> new Frame.Extend(ranges("deliveries"), number("lease_millis"));
            case LEASE_LOST -> new Frame.LeaseLost(ranges("deliveries"), number("answers"));
            case CREDIT -> new Frame.Credit(number("credit_envelopes"), number("credit_bytes"));
        };
    }

    private ConnectionLimits limits() {
        return new ConnectionLimits(
                number("envelope_bytes_max"),
                number("ttl_millis_max"),
                number("send_envelopes"),
                number("send_bytes"),
                number("credit_envelopes_max"),
                number("credit_bytes_max"),
                number("mailboxes_max"),
                number("lease_millis_min"),
                number("lease_millis_max"),
                number("remember_millis_max"),
                number("idle_millis"));
    }

    private ReceiptOutcome outcome() {
        return switch ((int) number("outcome")) {
            case 0 -> new ReceiptOutcome.Stored(number("durability"));
            case 1 -> new ReceiptOutcome.Duplicate(number("durability"));
            case 2 -> new ReceiptOutcome.Handed(number("receivers"));
            case 3 -> new ReceiptOutcome.Nobody();
            case 4 -> new ReceiptOutcome.OutcomeUnknown();
            case 6 ->
                    new ReceiptOutcome.Signed(
                            number("durability"),
                            raw("relay_key"),
                            numbers(vector.bytes("deadlines")),
                            raw("signature"));
            default ->
                    new ReceiptOutcome.Refused(
                            number("code"), text("sentence"), number("after_millis"));
        };
    }

    private long number(String field) {
        return numbers(vector.bytes(field)).get(0);
    }

    private String text(String field) {
        return vector.text(field);
    }

    private ByteBuffer raw(String field) {
        return ByteBuffer.wrap(vector.bytes(field));
    }

    private Id id(String field) {
        ByteBuffer bytes = raw(field);
        return new Id(bytes.getLong(), bytes.getLong());
    }

    private Ranges ranges(String field) {
        List<Long> numbers = numbers(vector.bytes(field));
        List<Ranges.Range> list = new ArrayList<>();
        long last = 0;
        for (int i = 1; i < numbers.size(); i += 2) {
            long first = last + numbers.get(i);
            last = first + numbers.get(i + 1);
            list.add(new Ranges.Range(first, last));
        }
        return new Ranges(list);
    }

    /** The integers that the bytes are: of each, the first two bits tell its length. */
    static List<Long> numbers(byte[] bytes) {
        List<Long> numbers = new ArrayList<>();
        for (int i = 0; i < bytes.length; ) {
            int length = List.of(1, 2, 4, 8).get((bytes[i] & 0xC0) >> 6);
            BigInteger number = new BigInteger(1, bytes, i, length);
            numbers.add(number.clearBit(8 * length - 1).clearBit(8 * length - 2).longValue());
            i += length;
        }
        return numbers;
    }
}
