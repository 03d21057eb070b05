package io.qight.client.v1;

import io.netty.buffer.Unpooled;
import io.qight.client.ClientClosedException;
import io.qight.client.Durability;
import io.qight.client.Receipt;
import io.qight.client.RefusedException;
import io.qight.client.RelayException;
import io.qight.client.TimedOutException;
import io.qight.identity.IdentityKey;
import io.qight.identity.Storage;
import io.qight.identity.StorageProof;
import io.qight.wire.ErrorCode;
import io.qight.wire.ProtocolException;
import io.qight.wire.v1.ConnectionLimits;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.Id;
import io.qight.wire.v1.ReceiptOutcome;
import io.qight.wire.v1.Varint;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What has no receipt yet, and the rules of a SEND stream ({@code docs/protocol.md}, section 6.6).
 * In memory: it ends with the client, and asks the relay to remember it for 10 minutes.
 *
 * <p>Who drives it opens a stream while {@link #wantsStream}, with {@link #open} as first frame,
 * writes what {@link #poll} gives, and hands over what comes. An envelope has its number from its
 * first sending on, so what was never sent can go on under another outbox id.
 *
 * <p>It is not bounded itself; {@code RelayClient} lets in only as much as may wait.
 */
public final class Outbox {
    /** What is asked of the relay, and the least that it grants. */
    static final long REMEMBER_MILLIS = 600_000;

    private static final String UNKNOWN = "whether the envelope was stored is not known: ";

    private final Supplier<Id> ids;
    private final long sendTimeoutMillis;
    private final Backoff backoff;

    private final Deadlines deadlines = new Deadlines();
    private final Lanes lanes;

    /** Sent on an earlier stream, and to be sent on this one before all that is new. */
    private final Deque<OutboxEntry> again = new ArrayDeque<>();

    /** Without receipt on the stream, in the order of the SENDs. */
    private final Deque<OutboxEntry> underWay = new ArrayDeque<>();

    private final NumberSet givenUp = new NumberSet();
    private final SendPermits permits = new SendPermits();

    private Id id;
    private long accepted;
    private long lastOpening;
    private long tried;
    private long firstSentMillis;
    private long firstSentWallMillis;

    private boolean open;
    private boolean paused;
    private long openWallMillis;
    private boolean early;
    private boolean openedAgainAfterEarly;
    private int streamFailures;
    private long reopenMillis = Long.MIN_VALUE;
    private @Nullable Refusal streamRefusal;

    private @Nullable ConnectionLimits limits;
    private long underWayBytes;
    private int sentBeforeWelcome;
    private long bytesBeforeWelcome;

    /**
     * An empty outbox.
     *
     * @param ids gives ids that nobody can guess
     * @param sendTimeoutMillis how long an envelope is tried, from its acceptance
     * @param backoff the waits between tries
     */
    public Outbox(Supplier<Id> ids, long sendTimeoutMillis, Backoff backoff) {
        this.ids = ids;
        this.sendTimeoutMillis = sendTimeoutMillis;
        this.backoff = backoff;
        this.lanes = new Lanes(backoff);
        this.id = ids.get();
    }

    /** What SENDs need before they go out. */
    public SendPermits permits() {
        return permits;
    }

    /** Takes an envelope on; its sender hears once what became of it. */
    public OutboxEntry add(OutgoingEnvelope envelope, OutboxEntry.Sender sender, long now) {
        OutboxEntry entry = new OutboxEntry(envelope, now, ++accepted, sender);
        schedule(entry);
        lanes.add(entry);
        return entry;
    }

    /** The sender does not wait any more; what was sent may still be stored. */
    public void cancel(OutboxEntry entry) {
        if (!entry.settled) {
            entry.settled = true;
            forget(entry);
        }
    }

    /** Whether nothing waits for a receipt. */
    public boolean isEmpty() {
        return deadlines.isEmpty();
    }

    /** Whether a stream is to be opened for it. */
    public boolean wantsStream(long now) {
        return !open && !isEmpty() && now >= reopenMillis;
    }

    /** Whether it has a stream. */
    public boolean hasStream() {
        return open;
    }

    /**
     * The first frame of a new stream.
     *
     * @param wallMillis milliseconds since 1970, by the wall clock
     * @param earlyData whether it travels as early data, which the relay may reject
     */
    public Frame open(long now, long wallMillis, boolean earlyData) {
        open = true;
        permits.streamBegins();
        paused = false;
        early = earlyData;
        openWallMillis = wallMillis;
        lastOpening = Math.max(lastOpening + 1, wallMillis);
        // The clock that does not step may stand still while a machine sleeps; the other does not.
        long triedAge =
                tried == 0 ? 0 : Math.max(now - firstSentMillis, wallMillis - firstSentWallMillis);
        return new Frame.Outbox(
                id, lastOpening, REMEMBER_MILLIS, tried, Math.min(triedAge, Varint.MAX));
    }

    /** What the relay allows from now on; null from a connection's start to its WELCOME. */
    public void limits(@Nullable ConnectionLimits now) {
        if (now == null) {
            sentBeforeWelcome = 0;
            bytesBeforeWelcome = 0;
            permits.begin();
        }
        limits = now;
    }

    /** Nothing more is sent on this stream: the relay would refuse it. */
    public void pause() {
        paused = true;
    }

    /** Whether no receipt is awaited on the stream. */
    public boolean nothingUnderWay() {
        return underWay.isEmpty();
    }

    /** The next frame to write; null if there is none now. */
    public @Nullable Frame poll(long now) {
        if (!open || paused) {
            return null;
        }
        if (!givenUp.isEmpty()) {
            return new Frame.GiveUp(givenUp.poll());
        }
        OutboxEntry next = next(now);
        if (next == null || permits.waits(next.mailbox())) {
            return null;
        }
        Frame grant = permits.before(next.mailbox(), id);
        return grant != null ? grant : send(next, now);
    }

    /**
     * Takes a frame of the stream.
     *
     * @throws ProtocolException if the relay may not say that
     */
    public void receive(Frame frame, long now) {
        BadAnswer.unless(open, "a frame follows the end of a SEND stream");
        if (frame instanceof Frame.Receipt receipt) {
            receipt(receipt, now);
        } else if (frame instanceof Frame.StreamError error) {
            refused(Refusal.of(error.code(), error.sentence()), now);
        } else {
            throw BadAnswer.because("a frame " + frame.type() + " on a SEND stream");
        }
    }

    /** The stream is gone; all that has no receipt will be sent again on the next one. */
    public void lost() {
        if (!open) {
            return;
        }
        open = false;
        givenUp.clear();
        List<OutboxEntry> numbered = new ArrayList<>(again);
        numbered.addAll(underWay);
        numbered.addAll(lanes.dissolve());
        again.clear();
        underWay.clear();
        underWayBytes = 0;
        numbered.sort(Comparator.comparingLong(entry -> entry.number));
        for (OutboxEntry entry : numbered) {
            entry.underWay = false;
            if (entry.settled) {
                continue;
            }
            if (entry.envelope.liveOnly()) {
                fail(entry, unknown("the connection was lost"));
            } else {
                again.add(entry);
            }
        }
    }

    /**
     * When to {@link #tick} and {@link #poll} again, or to open a stream, though nothing else
     * happens; after now, {@link Long#MAX_VALUE} if never.
     */
    public long dueMillis(long now) {
        OutboxEntry first = deadlines.first();
        long due = first == null ? Long.MAX_VALUE : first.giveUpMillis;
        long next = open ? lanes.dueMillis() : isEmpty() ? Long.MAX_VALUE : reopenMillis;
        return next > now ? Math.min(due, next) : due;
    }

    /** Gives up what has been tried long enough. */
    public void tick(long now) {
        OutboxEntry first = deadlines.first();
        while (first != null && first.giveUpMillis <= now) {
            RelayException failure = tooLate(first, now);
            forget(first);
            first.fail(failure);
            first = deadlines.first();
        }
    }

    /** The client closes, or cannot go on: all that waits fails. */
    public void close(ErrorCode code, String sentence) {
        for (OutboxEntry entry : deadlines.all()) {
            fail(
                    entry,
                    entry.maybeStored
                            ? new ClientClosedException(
                                    ErrorCode.OUTCOME_UNKNOWN, UNKNOWN + sentence)
                            : new ClientClosedException(code, sentence));
        }
    }

    /** What is to be sent next, which stays where it is; null if nothing may be sent now. */
    private @Nullable OutboxEntry next(long now) {
        for (OutboxEntry first = first(now); first != null; first = first(now)) {
            if (limits != null && first.size() > limits.envelopeBytesMax()) {
                RelayException failure = tooLarge(first, limits);
                forget(first);
                first.fail(failure);
            } else {
                return fits(first) ? first : null;
            }
        }
        return null;
    }

    /** What is to be sent next, if the window lets it through. */
    private @Nullable OutboxEntry first(long now) {
        while (!again.isEmpty() && again.element().settled) {
            again.remove();
        }
        return again.isEmpty() ? lanes.peek(now) : again.element();
    }

    private boolean fits(OutboxEntry entry) {
        if (limits == null) {
            return sentBeforeWelcome < ConnectionLimits.SEND_ENVELOPES_MIN
                    && bytesBeforeWelcome + entry.size() <= ConnectionLimits.SEND_BYTES_MIN;
        }
        // What stands refused counts already.
        long more = lanes.standsRefused(entry) ? 0 : 1;
        return underWay.size() + lanes.refusedCount() + more <= limits.sendEnvelopes()
                && (underWay.isEmpty() || underWayBytes + entry.size() <= limits.sendBytes());
    }

    private Frame send(OutboxEntry entry, long now) {
        if (entry == again.peek()) {
            again.remove();
        } else {
            lanes.sent(entry);
        }
        if (entry.number == 0) {
            entry.number = ++tried;
        }
        if (entry.number == 1) {
            firstSentMillis = now;
            firstSentWallMillis = openWallMillis;
        }
        if (limits == null) {
            sentBeforeWelcome++;
            bytesBeforeWelcome += entry.size();
        }
        entry.maybeStored = true;
        schedule(entry);
        entry.underWay = true;
        underWay.add(entry);
        underWayBytes += entry.size();
        return new Frame.Send(
                entry.number,
                now - entry.acceptedMillis,
                Unpooled.wrappedBuffer(entry.envelope.bytes()));
    }

    private void receipt(Frame.Receipt receipt, long now) {
        BadAnswer.unless(
                receipt.more() < underWay.size(), "a receipt for more than was sent to it");
        BadAnswer.unless(
                underWay.element().number == receipt.first(),
                "a receipt out of the order of SENDs");
        streamFailures = 0;
        streamRefusal = null;
        if (receipt.outcome() instanceof ReceiptOutcome.Signed signed) {
            signed(signed);
            return;
        }
        for (long i = 0; i <= receipt.more(); i++) {
            answered(answered(), receipt.outcome(), now);
        }
    }

    /** Says of as many as there are deadlines that they are stored, and proves it. */
    private void signed(ReceiptOutcome.Signed outcome) {
        Iterator<OutboxEntry> next = underWay.iterator();
        List<Storage> stored = new ArrayList<>();
        for (long deadlineMillis : outcome.deadlinesMillis()) {
            OutgoingEnvelope envelope = next.next().envelope;
            BadAnswer.unless(!envelope.liveOnly(), "a live-only envelope was stored");
            ByteBuffer bytes = ByteBuffer.wrap(envelope.bytes());
            stored.add(Storage.of(bytes, deadlineMillis, outcome.durability()));
        }
        IdentityKey relay = IdentityKey.of(outcome.relayKey());
        Durability reached = durability(outcome.durability());
        for (StorageProof proof : StorageProof.of(relay, stored, outcome.signature())) {
            OutboxEntry entry = answered();
            lanes.passed(entry);
            take(entry, new Receipt.Stored(reached, Optional.of(proof)));
        }
    }

    /** The next one that waits for its receipt has it. */
    private OutboxEntry answered() {
        OutboxEntry entry = underWay.remove();
        entry.underWay = false;
        underWayBytes -= entry.size();
        return entry;
    }

    private void answered(OutboxEntry entry, ReceiptOutcome outcome, long now) {
        boolean liveOnly = entry.envelope.liveOnly();
        if (outcome instanceof ReceiptOutcome.Refused refused) {
            refused(entry, Refusal.of(refused.code(), refused.sentence()), refused, now);
            return;
        }
        lanes.passed(entry);
        if (outcome instanceof ReceiptOutcome.Stored stored) {
            BadAnswer.unless(!liveOnly, "a live-only envelope was stored");
            take(entry, new Receipt.Stored(durability(stored.durability())));
        } else if (outcome instanceof ReceiptOutcome.Duplicate duplicate) {
            BadAnswer.unless(!liveOnly, "a live-only envelope was stored before");
            take(entry, new Receipt.Duplicate(durability(duplicate.durability())));
        } else if (outcome instanceof ReceiptOutcome.Handed handed) {
            BadAnswer.unless(liveOnly, "an envelope was handed out and not stored");
            take(entry, new Receipt.Handed(handed.receivers()));
        } else if (outcome instanceof ReceiptOutcome.Nobody) {
            BadAnswer.unless(liveOnly, "an envelope was dropped");
            take(entry, new Receipt.Handed(0));
        } else {
            fail(entry, unknown("the relay does not know it"));
        }
    }

    private void refused(
            OutboxEntry entry, Refusal refusal, ReceiptOutcome.Refused answer, long now) {
        boolean stands = refusal.code().retryable();
        entry.maybeStored = false;
        entry.refusal = refusal;
        if (!stands) {
            lanes.passed(entry);
            fail(entry, refusal.exception());
        } else if (entry.envelope.liveOnly()) {
            // It is never sent twice; so the relay need not keep it in mind.
            givenUp.add(entry.number);
            fail(entry, refusal.exception());
        } else {
            if (!entry.settled) {
                schedule(entry);
            }
            lanes.refused(entry, answer.afterMillis(), now);
        }
    }

    /** The relay has ended the stream. */
    private void refused(Refusal refusal, long now) {
        lost();
        boolean unknown = refusal.code() == ErrorCode.OUTCOME_UNKNOWN;
        if (unknown || refusal.code() == ErrorCode.TAKEN_OVER) {
            BadAnswer.unless(!unknown || tried > 0, "an outbox is not known that was never used");
            if (!unknown && early && !openedAgainAfterEarly) {
                openedAgainAfterEarly = true;
                return;
            }
            beginAnew(refusal);
            return;
        }
        streamRefusal = refusal;
        reopenMillis = now + backoff.millis(++streamFailures);
    }

    /** Under another id, without what may have been sent under this one. */
    private void beginAnew(Refusal refusal) {
        List<OutboxEntry> numbered = List.copyOf(again);
        again.clear();
        id = ids.get();
        tried = 0;
        openedAgainAfterEarly = false;
        for (OutboxEntry entry : numbered) {
            fail(entry, unknown(refusal.sentence()));
        }
    }

    private void take(OutboxEntry entry, Receipt receipt) {
        if (!entry.settled) {
            deadlines.remove(entry);
            entry.take(receipt);
        }
    }

    private void fail(OutboxEntry entry, RelayException failure) {
        if (!entry.settled) {
            deadlines.remove(entry);
            lanes.forget(entry);
            entry.fail(failure);
        }
    }

    /** Out of all queues but that of the receipts, with the relay told where it knows of it. */
    private void forget(OutboxEntry entry) {
        deadlines.remove(entry);
        boolean sentHere = lanes.standsRefused(entry) || entry.underWay;
        lanes.forget(entry);
        if (sentHere) {
            givenUp.add(entry.number);
        }
    }

    private RelayException tooLate(OutboxEntry entry, long now) {
        if (entry.maybeStored) {
            return new TimedOutException(
                    ErrorCode.OUTCOME_UNKNOWN, UNKNOWN + "no receipt came in time");
        }
        boolean expired = now - entry.acceptedMillis >= ttlMillis(entry);
        Refusal refusal = entry.refusal != null ? entry.refusal : streamRefusal;
        String because = refusal == null ? "" : ": " + refusal.sentence();
        if (expired) {
            return new RefusedException(
                    ErrorCode.EXPIRED, "the time to live ended before it was stored" + because);
        }
        return refusal != null
                ? refusal.exception()
                : new TimedOutException(
                        ErrorCode.TIMED_OUT, "there was no relay to send it to in time");
    }

    /** How long it is tried: what was sent is asked for also past its own time. */
    private void schedule(OutboxEntry entry) {
        long millis =
                entry.maybeStored
                        ? sendTimeoutMillis
                        : Math.min(sendTimeoutMillis, ttlMillis(entry));
        deadlines.put(entry, entry.acceptedMillis + millis);
    }

    private static long ttlMillis(OutboxEntry entry) {
        return entry.envelope.liveOnly() ? Long.MAX_VALUE : entry.envelope.ttlMillis();
    }

    private static RefusedException tooLarge(OutboxEntry entry, ConnectionLimits limits) {
        String sentence =
                "this relay takes envelopes of up to " + limits.envelopeBytesMax() + " bytes";
        return entry.maybeStored
                ? unknown(sentence)
                : new RefusedException(ErrorCode.ENVELOPE_SIZE, sentence);
    }

    private static RefusedException unknown(String why) {
        return new RefusedException(ErrorCode.OUTCOME_UNKNOWN, UNKNOWN + why);
    }

    private static Durability durability(long number) {
        return number == 1 ? Durability.FSYNC : number == 2 ? Durability.OS : Durability.MEMORY;
    }
}
