package io.qight.wire.v1;

import io.netty.buffer.ByteBuf;
import io.qight.wire.ErrorCode;
import java.nio.ByteBuffer;

/**
 * One frame. {@code docs/protocol.md}, section 1.4, gives the fields; the sections after it give
 * their meaning. Small byte fields are read-only {@link ByteBuffer}s, which are equal by content.
 */
public sealed interface Frame {
    /** Its type. */
    FrameType type();

    /** The client's first frame. */
    record Hello(String clientId, long features, ByteBuffer identity, ByteBuffer token)
            implements Frame {
        @Override
        public FrameType type() {
            return FrameType.HELLO;
        }
    }

    /** The relay lets the client in. Durability: 1 fsync, 2 os, 3 memory. */
    record Welcome(
            String relayName,
            String serviceName,
            long features,
            long durability,
            ByteBuffer nonce,
            ConnectionLimits limits)
            implements Frame {
        @Override
        public FrameType type() {
            return FrameType.WELCOME;
        }
    }

    /** The client proves the identity that it claimed. */
    record Prove(ByteBuffer signature) implements Frame {
        @Override
        public FrameType type() {
            return FrameType.PROVE;
        }
    }

    /** The identity is proved. */
    record Proved() implements Frame {
        @Override
        public FrameType type() {
            return FrameType.PROVED;
        }
    }

    /** The relay will close the connection. */
    record GoAway(long code, String sentence, long withinMillis, long afterMillis)
            implements Frame {
        @Override
        public FrameType type() {
            return FrameType.GOAWAY;
        }
    }

    /** New limits. */
    record Limits(ConnectionLimits limits) implements Frame {
        @Override
        public FrameType type() {
            return FrameType.LIMITS;
        }
    }

    /** Asks for a {@link Pong} with the same number. */
    record Ping(long opaque) implements Frame {
        @Override
        public FrameType type() {
            return FrameType.PING;
        }
    }

    /** Answers a {@link Ping}. */
    record Pong(long opaque) implements Frame {
        @Override
        public FrameType type() {
            return FrameType.PONG;
        }
    }

    /** The last frame of a stream that the peer's error ended; {@link ErrorCode} knows the code. */
    record StreamError(long code, String sentence) implements Frame {
        @Override
        public FrameType type() {
            return FrameType.ERROR;
        }
    }

    /** Opens a SEND stream. */
    record Outbox(Id outbox, long rememberMillis, long tried, long triedAgeMillis)
            implements Frame {
        @Override
        public FrameType type() {
            return FrameType.OUTBOX;
        }
    }

    /** An envelope under its number in the outbox. */
    record Send(long number, long ageMillis, ByteBuf envelope) implements Frame {
        @Override
        public FrameType type() {
            return FrameType.SEND;
        }
    }

    /** Numbers that will not be sent (again). */
    record GiveUp(Ranges numbers) implements Frame {
        @Override
        public FrameType type() {
            return FrameType.GIVE_UP;
        }
    }

    /** What became of {@code more} + 1 SENDs, the first of which has the number {@code first}. */
    record Receipt(long first, long more, ReceiptOutcome outcome) implements Frame {
        @Override
        public FrameType type() {
            return FrameType.RECEIPT;
        }
    }

    /** Opens a FETCH stream. */
    record Subscribe(
            Id subscription,
            Mode mode,
            long leaseMillis,
            long creditEnvelopes,
            long creditBytes,
            long known)
            implements Frame {
        @Override
        public FrameType type() {
            return FrameType.SUBSCRIBE;
        }
    }

    /** Deliveries that a client which came back still holds. */
    record Hold(Ranges deliveries) implements Frame {
        @Override
        public FrameType type() {
            return FrameType.HOLD;
        }
    }

    /** The subscription stands; {@code held} frames {@link Held} follow. */
    record Subscribed(boolean resumed, long leaseMillis, long next, long held) implements Frame {
        @Override
        public FrameType type() {
            return FrameType.SUBSCRIBED;
        }
    }

    /** Deliveries that are still leased to the subscription. */
    record Held(Ranges deliveries) implements Frame {
        @Override
        public FrameType type() {
            return FrameType.HELD;
        }
    }

    /** Wants a mailbox, under a short number of the client's choosing. */
    record Add(long mailbox, String name) implements Frame {
        @Override
        public FrameType type() {
            return FrameType.ADD;
        }
    }

    /** The mailbox is the subscription's; so many envelopes wait there. */
    record Added(long mailbox, long waiting) implements Frame {
        @Override
        public FrameType type() {
            return FrameType.ADDED;
        }
    }

    /** The mailbox is refused. */
    record NotAdded(long mailbox, long code, String sentence) implements Frame {
        @Override
        public FrameType type() {
            return FrameType.NOT_ADDED;
        }
    }

    /** Wants no more of a mailbox. */
    record Remove(long mailbox) implements Frame {
        @Override
        public FrameType type() {
            return FrameType.REMOVE;
        }
    }

    /** Nothing more comes of a mailbox; code 0 if the client wished so. */
    record Removed(long mailbox, long code) implements Frame {
        @Override
        public FrameType type() {
            return FrameType.REMOVED;
        }
    }

    /** An envelope, leased to the subscription. */
    record Deliver(
            long mailbox,
            long delivery,
            long leftMillis,
            long deliveries,
            long failures,
            ByteBuf envelope)
            implements Frame {
        @Override
        public FrameType type() {
            return FrameType.DELIVER;
        }
    }

    /** All that waited when the mailbox was added has been delivered. */
    record CaughtUp(long mailbox, long last) implements Frame {
        @Override
        public FrameType type() {
            return FrameType.CAUGHT_UP;
        }
    }

    /** Done: remove them. */
    record Ack(Ranges deliveries) implements Frame {
        @Override
        public FrameType type() {
            return FrameType.ACK;
        }
    }

    /** Their removal is durable. */
    record Acked(Ranges deliveries) implements Frame {
        @Override
        public FrameType type() {
            return FrameType.ACKED;
        }
    }

    /** Give them out again, after a delay; or as dead, put them aside. */
    record Nack(Ranges deliveries, long delayMillis, boolean dead, String reason) implements Frame {
        @Override
        public FrameType type() {
            return FrameType.NACK;
        }
    }

    /** More time for them. */
    record Extend(Ranges deliveries, long leaseMillis) implements Frame {
        @Override
        public FrameType type() {
            return FrameType.EXTEND;
        }
    }

    /** They are leased to this subscription no more. */
    record LeaseLost(Ranges deliveries) implements Frame {
        @Override
        public FrameType type() {
            return FrameType.LEASE_LOST;
        }
    }

    /** How much may be unacknowledged from now on. */
    record Credit(long creditEnvelopes, long creditBytes) implements Frame {
        @Override
        public FrameType type() {
            return FrameType.CREDIT;
        }
    }
}
