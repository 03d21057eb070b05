package io.qight.client.v1;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.qight.wire.ProtocolException;
import io.qight.wire.v1.ConnectionLimits;
import io.qight.wire.v1.EnvelopeCodec;
import io.qight.wire.v1.EnvelopeHeader;
import io.qight.wire.v1.EnvelopeParts;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.Id;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * A subscription, and the rules of its FETCH stream ({@code docs/protocol.md}, section 6.7). It
 * outlives streams: on the next one it takes along its mailboxes and what is held.
 *
 * <p>Who drives it opens a stream while {@link #wantsStream}, with {@link #open} as first frame,
 * writes what {@link #poll} gives, hands over what comes, and ends the stream once {@link
 * #wantsEnd}. What it holds is bounded by the credit in its settings, and as many acks that have no
 * answer.
 */
public final class Subscribed {
    private enum Stream {
        NONE,
        /** SUBSCRIBED has not come. */
        OPENING,
        /** Some HELD have not come. */
        RESUMING,
        OPEN,
        /** The relay has ended it for good, or it ended in order. */
        OVER,
    }

    private final Id id;
    private final SubscriptionSettings settings;
    private final Backoff backoff;
    private final SubscriptionEvents events;
    private final Holding holding;
    private final Mailboxes mailboxes;
    private final Deque<Frame> holds = new ArrayDeque<>();

    private Stream stream = Stream.NONE;
    private @Nullable ConnectionLimits limits;
    private long lastOpening;
    private long openedMillis;
    private long openedWallMillis;
    private boolean resumed;
    private long heldFrames;
    private long askedEnvelopes;
    private long askedBytes;
    private int streamFailures;
    private long reopenMillis = Long.MIN_VALUE;
    private boolean ending;

    /**
     * A subscription to nothing yet.
     *
     * @param id one that nobody can guess
     * @param backoff the waits after what the relay refused for now
     */
    public Subscribed(
            Id id, SubscriptionSettings settings, Backoff backoff, SubscriptionEvents events) {
        this.id = id;
        this.settings = settings;
        this.backoff = backoff;
        this.events = events;
        this.holding = new Holding(settings, events);
        this.mailboxes = new Mailboxes(events, backoff);
    }

    /** Wants a mailbox; false if it is one of the subscription's already. */
    public boolean add(String mailbox) {
        return mailboxes.add(mailbox);
    }

    /** Wants no more of a mailbox; false if it is none of the subscription's. */
    public boolean remove(String mailbox) {
        return mailboxes.remove(mailbox);
    }

    /** Whether it has no mailbox. */
    public boolean isEmpty() {
        return mailboxes.isEmpty();
    }

    /** A delivery is done with; once for each, and not after {@link #nack}. */
    public void ack(long delivery) {
        holding.ack(delivery);
    }

    /** From when on it should be told of acks, which go together soon after others. */
    public long acksDueMillis() {
        return holding.acksDueMillis();
    }

    /** A delivery is to be given out again, or put aside as dead; once for each. */
    public void nack(long delivery, long delayMillis, boolean dead, String reason) {
        holding.nack(delivery, delayMillis, dead, reason);
    }

    /** A delivery needs so long from now. */
    public void extend(long delivery, long leaseMillis, long now) {
        holding.extend(delivery, leaseMillis, now);
    }

    /**
     * The stream is to end in order, after the acks so far. If it is lost before they are answered,
     * there is one more to ask for them.
     */
    public void end() {
        ending = true;
        if (stream == Stream.NONE && answered()) {
            stream = Stream.OVER;
        }
    }

    /** Whether all that was to be written is, and the stream's end is to be written now. */
    public boolean wantsEnd() {
        return ending && stream == Stream.OPEN && holding.written();
    }

    /** Whether nothing comes any more. */
    public boolean over() {
        return stream == Stream.OVER;
    }

    /** Whether nothing is held, not even an ack without answer. */
    public boolean idle() {
        return holding.isEmpty();
    }

    /** Whether every ack so far has its answer. */
    public boolean answered() {
        return holding.written() && holding.answered();
    }

    /** Whether a stream is to be opened for it. */
    public boolean wantsStream(long now) {
        return stream == Stream.NONE && now >= reopenMillis;
    }

    /** Whether it has a stream. */
    public boolean hasStream() {
        return stream != Stream.NONE && stream != Stream.OVER;
    }

    /**
     * The first frame of a new stream.
     *
     * @param wallMillis milliseconds since 1970, by the wall clock
     */
    public Frame open(long now, long wallMillis) {
        stream = Stream.OPENING;
        openedMillis = now;
        openedWallMillis = wallMillis;
        lastOpening = Math.max(lastOpening + 1, wallMillis);
        holds.clear();
        holds.addAll(holding.holds());
        mailboxes.begin();
        askCredit();
        return new Frame.Subscribe(
                id,
                lastOpening,
                settings.mode(),
                settings.leaseMillis(),
                askedEnvelopes,
                askedBytes,
                holding.known(),
                holds.size());
    }

    /** What the relay allows from now on; null from a connection's start to its WELCOME. */
    public void limits(@Nullable ConnectionLimits now) {
        limits = now;
    }

    /** The next frame to write; null if there is none now. */
    public @Nullable Frame poll(long now) {
        if (!hasStream()) {
            return null;
        }
        if (!holds.isEmpty()) {
            return holds.remove();
        }
        if (!ending) {
            if (limits != null && wantsCredit()) {
                askCredit();
                return new Frame.Credit(askedEnvelopes, askedBytes);
            }
            Frame mailbox = mailboxes.poll(now);
            if (mailbox != null) {
                return mailbox;
            }
        }
        return stream == Stream.OPEN ? holding.poll(now) : null;
    }

    /**
     * Takes a frame of the stream; an envelope in it is copied.
     *
     * @throws ProtocolException if the relay may not say that
     */
    public void receive(Frame frame, long now) {
        BadAnswer.unless(hasStream(), "a frame follows the end of a FETCH stream");
        if (frame instanceof Frame.StreamError error) {
            refused(Refusal.of(error.code(), error.sentence()), now);
        } else if (stream == Stream.OPENING) {
            subscribed(frame, now);
        } else if (stream == Stream.RESUMING) {
            held(frame, now);
        } else if (frame instanceof Frame.Deliver deliver) {
            deliver(deliver, now);
        } else if (frame instanceof Frame.Acked acked) {
            holding.acked(acked.deliveries());
        } else if (frame instanceof Frame.LeaseLost lost) {
            holding.leaseLost(lost);
        } else if (frame instanceof Frame.Added added) {
            mailboxes.added(added);
        } else if (frame instanceof Frame.NotAdded notAdded) {
            mailboxes.notAdded(notAdded, now);
        } else if (frame instanceof Frame.Removed removed) {
            String taken = mailboxes.removed(removed);
            if (taken != null) {
                holding.takenOver(taken);
            }
        } else if (frame instanceof Frame.CaughtUp caughtUp) {
            BadAnswer.unless(caughtUp.last() <= holding.last(), "caught up to what never came");
            mailboxes.caughtUp(caughtUp);
        } else {
            throw unexpected(frame);
        }
    }

    /**
     * The relay has ended its side in order.
     *
     * @throws ProtocolException if it was not asked to, or owes answers
     */
    public void receiveEnd() {
        if (hasStream()) {
            BadAnswer.unless(ending && answered(), "the relay ended a FETCH stream by itself");
            stream = Stream.OVER;
        }
    }

    /** The stream is gone, other than in order. */
    public void lost() {
        if (hasStream()) {
            stream = ending && answered() ? Stream.OVER : Stream.NONE;
            holding.lost();
        }
    }

    /**
     * When to {@link #tick} and {@link #poll} again, or to open a stream, though nothing else
     * happens; after now, {@link Long#MAX_VALUE} if never.
     */
    public long dueMillis(long now) {
        if (stream == Stream.NONE) {
            return reopenMillis > now ? reopenMillis : Long.MAX_VALUE;
        }
        return stream == Stream.OPEN
                ? Math.min(holding.dueMillis(), mailboxes.dueMillis(now))
                : Long.MAX_VALUE;
    }

    /** Extends leases in time. */
    public void tick(long now) {
        if (stream == Stream.OPEN) {
            holding.tick(now);
        }
    }

    private boolean wantsCredit() {
        return askedEnvelopes != creditEnvelopes() || askedBytes != creditBytes();
    }

    private void askCredit() {
        askedEnvelopes = creditEnvelopes();
        askedBytes = creditBytes();
        holding.credit(askedEnvelopes, askedBytes);
    }

    private long creditEnvelopes() {
        return limits == null
                ? Math.min(settings.creditEnvelopes(), ConnectionLimits.SEND_ENVELOPES_MIN)
                : settings.creditEnvelopes();
    }

    private long creditBytes() {
        return limits == null
                ? Math.min(settings.creditBytes(), ConnectionLimits.SEND_BYTES_MIN)
                : settings.creditBytes();
    }

    private void subscribed(Frame frame, long now) {
        if (!(frame instanceof Frame.Subscribed answer)) {
            throw unexpected(frame);
        }
        holding.resume(answer, now);
        resumed = answer.resumed();
        heldFrames = answer.held();
        streamFailures = 0;
        stream = Stream.RESUMING;
        openIfResumed(now);
    }

    private void held(Frame frame, long now) {
        if (!(frame instanceof Frame.Held held)) {
            throw unexpected(frame);
        }
        holding.held(held.deliveries());
        heldFrames--;
        openIfResumed(now);
    }

    private void openIfResumed(long now) {
        if (heldFrames == 0) {
            stream = Stream.OPEN;
            holding.resumed(resumed, now);
        }
    }

    private void deliver(Frame.Deliver frame, long now) {
        String mailbox = mailboxes.delivering(frame.mailbox());
        byte[] bytes = ByteBufUtil.getBytes(frame.envelope());
        EnvelopeParts parts = parts(bytes);
        EnvelopeHeader header = parts.header();
        BadAnswer.unless(header.mailbox().equals(mailbox), "an envelope of another mailbox");
        BadAnswer.unless(
                header.liveOnly() == (frame.leftMillis() == 0), "an envelope past its time");
        BadAnswer.unless(frame.deliveries() > 0, "an envelope that was never handed out");
        holding.deliver(frame.delivery(), mailbox, bytes.length, header.liveOnly(), now);
        long deadline = header.liveOnly() ? Long.MAX_VALUE : now + frame.leftMillis();
        events.delivered(
                new ReceivedEnvelope(
                        frame.delivery(),
                        mailbox,
                        parts,
                        acceptedSeconds(frame, header, now),
                        deadline,
                        frame.deliveries(),
                        frame.failures()));
    }

    /** About when the relay accepted it, by the wall clock here. */
    private long acceptedSeconds(Frame.Deliver frame, EnvelopeHeader header, long now) {
        long wall = openedWallMillis + (now - openedMillis);
        return Math.max(0, wall - Math.max(0, header.ttlMillis() - frame.leftMillis())) / 1000;
    }

    private void refused(Refusal refusal, long now) {
        lost();
        if (stream == Stream.OVER) {
            return;
        }
        if (refusal.code().retryable()) {
            reopenMillis = now + backoff.millis(++streamFailures);
        } else {
            stream = Stream.OVER;
            events.ended(refusal.exception());
        }
    }

    private static EnvelopeParts parts(byte[] bytes) {
        try {
            return EnvelopeCodec.parts(Unpooled.wrappedBuffer(bytes));
        } catch (ProtocolException e) {
            throw BadAnswer.because("a delivery that cannot be read: " + e.sentence());
        }
    }

    private static ProtocolException unexpected(Frame frame) {
        return BadAnswer.because("a frame " + frame.type() + " out of its order on a FETCH stream");
    }
}
