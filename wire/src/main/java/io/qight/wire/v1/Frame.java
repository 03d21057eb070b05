package io.qight.wire.v1;

import io.netty.buffer.ByteBuf;
import io.qight.wire.ErrorCode;
import io.qight.wire.ProtocolException;
import java.nio.ByteBuffer;

/**
 * One frame. {@code docs/protocol.md}, section 6.4, gives the fields; the sections after it give
 * their meaning. Small byte fields are {@link ByteBuffer}s, which are equal by content. Integers
 * are 0 to {@link Varint#MAX}.
 *
 * <p>A value that a field may not have is a {@link ProtocolException} when the frame is made, so no
 * frame that is written is refused for it. Sentences are made to fit instead: at most 1,024 bytes,
 * without control characters.
 */
public sealed interface Frame {
    /** Its type. */
    FrameType type();

    /** The client's first frame. */
    record Hello(String clientId, long features, ByteBuffer identity, ByteBuffer token)
            implements Frame {
        /** The size of an identity, an Ed25519 public key. */
        public static final int IDENTITY_BYTES = 32;

        /** A feature: {@link ReceiptOutcome.Signed} in place of {@link ReceiptOutcome.Stored}. */
        public static final long SIGNED_RECEIPTS = 1;

        /** The longest token, in bytes. */
        public static final int TOKEN_BYTES_MAX = 4096;

        /** Checks the fields. */
        public Hello {
            Values.requireName(clientId);
            Values.require(
                    identity.remaining() == 0 || identity.remaining() == IDENTITY_BYTES,
                    "an identity has " + IDENTITY_BYTES + " bytes");
            Values.require(
                    token.remaining() <= TOKEN_BYTES_MAX,
                    "a token has at most " + TOKEN_BYTES_MAX + " bytes");
        }

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
        /** The size of a nonce. */
        public static final int NONCE_BYTES = 32;

        /** Checks the fields. */
        public Welcome {
            Values.requireName(relayName);
            Values.requireName(serviceName);
            Values.requireDurability(durability);
            Values.require(
                    nonce.remaining() == NONCE_BYTES, "a nonce has " + NONCE_BYTES + " bytes");
        }

        @Override
        public FrameType type() {
            return FrameType.WELCOME;
        }
    }

    /** The client proves the identity that it claimed. */
    record Prove(ByteBuffer signature) implements Frame {
        /** The size of an Ed25519 signature. */
        public static final int SIGNATURE_BYTES = 64;

        /** Checks the size. */
        public Prove {
            Values.requireSignature(signature);
        }

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
        /** Makes the sentence fit. */
        public GoAway {
            sentence = Values.sentence(sentence);
        }

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
        /** Makes the sentence fit. */
        public StreamError {
            sentence = Values.sentence(sentence);
        }

        @Override
        public FrameType type() {
            return FrameType.ERROR;
        }
    }

    /**
     * The owner of a key mailbox takes a grant back, which would have ended then; answered by
     * {@link Kept}.
     */
    record Revoke(long request, Id grant, long endsMillis, ByteBuffer signature) implements Frame {
        /** Checks the size. */
        public Revoke {
            Values.requireSignature(signature);
        }

        @Override
        public FrameType type() {
            return FrameType.REVOKE;
        }
    }

    /**
     * The owner of a key mailbox says whether who sends there has to have a grant; answered by
     * {@link Kept}.
     */
    record Demand(long request, boolean grants) implements Frame {
        @Override
        public FrameType type() {
            return FrameType.DEMAND;
        }
    }

    /** What a {@link Revoke} or {@link Demand} came to: with code 0 it is durable. */
    record Kept(long request, long code, String sentence) implements Frame {
        /** Makes the sentence fit. */
        public Kept {
            sentence = Values.sentence(sentence);
        }

        @Override
        public FrameType type() {
            return FrameType.KEPT;
        }
    }

    /** Opens a SEND stream. */
    record Outbox(Id outbox, long opening, long rememberMillis, long tried, long triedAgeMillis)
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
        /** Checks that a signed one speaks of as many as it counts. */
        public Receipt {
            Values.require(
                    !(outcome instanceof ReceiptOutcome.Signed signed)
                            || signed.deadlinesMillis().size() == more + 1,
                    "a signed receipt has a deadline for each of its envelopes");
        }

        @Override
        public FrameType type() {
            return FrameType.RECEIPT;
        }
    }

    /** A permission to send, and the proof that the client holds the key that it is for. */
    record Grant(ByteBuffer grant, ByteBuffer proof) implements Frame {
        /** The largest grant, in bytes. */
        public static final int GRANT_BYTES_MAX = 256;

        /** Checks the sizes. */
        public Grant {
            Values.require(
                    grant.remaining() <= GRANT_BYTES_MAX,
                    "a grant has at most " + GRANT_BYTES_MAX + " bytes");
            Values.requireSignature(proof);
        }

        @Override
        public FrameType type() {
            return FrameType.GRANT;
        }
    }

    /** Opens a FETCH stream; {@code hold} frames {@link Hold} follow. */
    record Subscribe(
            Id subscription,
            long opening,
            Mode mode,
            long leaseMillis,
            long creditEnvelopes,
            long creditBytes,
            long known,
            long hold)
            implements Frame {
        /** The largest delivery number that a client may know of. */
        public static final long KNOWN_MAX = 1L << 61;

        /** The most HOLD frames. */
        public static final int HOLD_MAX = 64;

        /** Checks the fields. */
        public Subscribe {
            Values.require(known <= KNOWN_MAX, "the last known delivery is above 2^61");
            Values.require(
                    hold <= HOLD_MAX, hold + " HOLD frames, at most " + HOLD_MAX + " are allowed");
        }

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
        /** Checks that the name can be written; the relay checks it as one of a mailbox. */
        public Add {
            Values.requireEncodable(name);
        }

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
        /** Makes the sentence fit. */
        public NotAdded {
            sentence = Values.sentence(sentence);
        }

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
        /** Makes the reason fit. */
        public Nack {
            reason = Values.sentence(reason);
        }

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

    /**
     * They are leased to this subscription no more.
     *
     * @param answers the number of the frame's type that is answered, ACK or EXTEND; 0 if none is
     */
    record LeaseLost(Ranges deliveries, long answers) implements Frame {
        /** Checks the answered type. */
        public LeaseLost {
            Values.require(
                    answers == 0
                            || answers == FrameType.ACK.number()
                            || answers == FrameType.EXTEND.number(),
                    "LEASE_LOST does not answer a frame of the type " + answers);
        }

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
