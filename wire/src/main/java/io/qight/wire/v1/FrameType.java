package io.qight.wire.v1;

import static io.qight.wire.v1.FrameType.Direction.BOTH;
import static io.qight.wire.v1.FrameType.Direction.TO_CLIENT;
import static io.qight.wire.v1.FrameType.Direction.TO_RELAY;

import java.util.Optional;

/**
 * Every frame's number, where it may stand, and who sends it. {@code docs/protocol.md} prints this
 * table, and a test compares them. Numbers are never used again for something else.
 */
public enum FrameType {
    HELLO(1, TO_RELAY, StreamKind.CONTROL),
    WELCOME(2, TO_CLIENT, StreamKind.CONTROL),
    PROVE(3, TO_RELAY, StreamKind.CONTROL),
    PROVED(4, TO_CLIENT, StreamKind.CONTROL),
    GOAWAY(5, TO_CLIENT, StreamKind.CONTROL),
    LIMITS(6, TO_CLIENT, StreamKind.CONTROL),
    PING(7, BOTH, StreamKind.CONTROL),
    PONG(8, BOTH, StreamKind.CONTROL),
    /** The one frame that may stand on every kind of stream. */
    ERROR(9, TO_CLIENT, StreamKind.CONTROL),
    REVOKE(10, TO_RELAY, StreamKind.CONTROL),
    DEMAND(11, TO_RELAY, StreamKind.CONTROL),
    KEPT(12, TO_CLIENT, StreamKind.CONTROL),

    OUTBOX(16, TO_RELAY, StreamKind.SEND),
    SEND(17, TO_RELAY, StreamKind.SEND),
    GIVE_UP(18, TO_RELAY, StreamKind.SEND),
    RECEIPT(19, TO_CLIENT, StreamKind.SEND),
    GRANT(20, TO_RELAY, StreamKind.SEND),

    SUBSCRIBE(32, TO_RELAY, StreamKind.FETCH),
    HOLD(33, TO_RELAY, StreamKind.FETCH),
    SUBSCRIBED(34, TO_CLIENT, StreamKind.FETCH),
    HELD(35, TO_CLIENT, StreamKind.FETCH),
    ADD(36, TO_RELAY, StreamKind.FETCH),
    ADDED(37, TO_CLIENT, StreamKind.FETCH),
    NOT_ADDED(38, TO_CLIENT, StreamKind.FETCH),
    REMOVE(39, TO_RELAY, StreamKind.FETCH),
    REMOVED(40, TO_CLIENT, StreamKind.FETCH),
    DELIVER(41, TO_CLIENT, StreamKind.FETCH),
    CAUGHT_UP(42, TO_CLIENT, StreamKind.FETCH),
    ACK(43, TO_RELAY, StreamKind.FETCH),
    ACKED(44, TO_CLIENT, StreamKind.FETCH),
    NACK(45, TO_RELAY, StreamKind.FETCH),
    EXTEND(46, TO_RELAY, StreamKind.FETCH),
    LEASE_LOST(47, TO_CLIENT, StreamKind.FETCH),
    CREDIT(48, TO_RELAY, StreamKind.FETCH);

    /** From this number on, a type that is not known is ignored. */
    public static final int IGNORABLE_FROM = 64;

    /** Ignored by everybody, and never given a meaning. */
    public static final int FILLER = 64;

    private static final FrameType[] BY_NUMBER = byNumber();

    private final int number;
    private final Direction direction;
    private final StreamKind stream;

    FrameType(int number, Direction direction, StreamKind stream) {
        this.number = number;
        this.direction = direction;
        this.stream = stream;
    }

    /** The type of a number, if it is known. */
    public static Optional<FrameType> of(long number) {
        return number < BY_NUMBER.length
                ? Optional.ofNullable(BY_NUMBER[(int) number])
                : Optional.empty();
    }

    /** The number on the wire. */
    public int number() {
        return number;
    }

    /** Who sends it. */
    public Direction direction() {
        return direction;
    }

    /** The kind of stream it belongs to; {@link #ERROR} may stand on the others too. */
    public StreamKind stream() {
        return stream;
    }

    /** Whether it may stand on a stream of this kind. */
    public boolean standsOn(StreamKind kind) {
        return stream == kind || this == ERROR;
    }

    /** Whether a later version may put more behind its fields, which this one ignores. */
    public boolean grows() {
        return this == HELLO || this == WELCOME || this == LIMITS;
    }

    /** Whether it carries an envelope, and so may be as large as one. */
    public boolean carriesEnvelope() {
        return this == SEND || this == DELIVER;
    }

    private static FrameType[] byNumber() {
        FrameType[] types = new FrameType[IGNORABLE_FROM];
        for (FrameType type : values()) {
            types[type.number] = type;
        }
        return types;
    }

    /** Who sends a frame. */
    public enum Direction {
        TO_RELAY,
        TO_CLIENT,
        BOTH
    }
}
