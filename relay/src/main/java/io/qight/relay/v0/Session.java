package io.qight.relay.v0;

import io.qight.relay.access.Access;
import io.qight.relay.access.Admission;
import io.qight.relay.v0.SessionStream.Phase;
import io.qight.store.StoredEnvelope;
import io.qight.wire.ErrorCode;
import io.qight.wire.Limits;
import io.qight.wire.MailboxName;
import io.qight.wire.ProtocolException;
import io.qight.wire.v0.EnvelopeHead;
import io.qight.wire.v0.Request;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The rules of one connection of version 0: an input and the time go in, effects come out. It holds
 * no socket, thread, clock or store, and belongs to one thread.
 *
 * <p>What an answer to FETCH carried stays leased until the client's next request, counted only if
 * the answer had been written wholly when that request's stream was opened, or until the client's
 * orderly end. Everything else gives it back.
 */
final class Session {
    /** What a FETCH reserves and reads at a time, in bytes; one larger envelope is read alone. */
    static final long SLICE_BYTES = 256 << 10;

    /** What is handed to the transport at a time, in bytes, the last envelope beside it. */
    static final int PIECE_BYTES = 64 << 10;

    /**
     * How long a draining connection stays open after its last answer. The transport cannot tell
     * when the peer has the bytes, and closing drops what is on the way.
     */
    static final long LINGER_MILLIS = 250;

    /** About what the line of an answer has; only the time to read it hangs on this. */
    private static final int LINE_BYTES = 128;

    private final SessionSettings settings;
    private final Admission admission;
    private final Map<Long, SessionStream> streams = new LinkedHashMap<>();
    private final Deque<Fetched> unacknowledged = new ArrayDeque<>();
    private List<Effect> effects = new ArrayList<>();
    private long answersWritten;
    private int openRequests;
    private boolean draining;

    /** Open requests but those refused because of draining, which may come for ever. */
    private int underWay;

    private long quietSinceMillis = Long.MIN_VALUE / 2;

    /** A session without streams, of a client to whom this was said. */
    Session(SessionSettings settings, Admission admission) {
        this.settings = settings;
        this.admission = admission;
    }

    /** What is to be done now that this has happened. */
    List<Effect> step(Input input, long nowMillis) {
        effects = new ArrayList<>();
        if (input instanceof Input.Opened opened) {
            opened(opened.stream(), nowMillis);
        } else if (input instanceof Input.Tick) {
            tick(nowMillis);
        } else if (input instanceof Input.Drain) {
            draining = true;
        } else if (input instanceof Input.Ended ended) {
            ended(ended.orderly());
        } else if (input instanceof Input.Reset reset) {
            reset(reset.stream(), nowMillis);
        } else if (input instanceof Input.Closed closed) {
            closed(closed.stream(), nowMillis);
        } else {
            onRequest(input, nowMillis);
        }
        return effects;
    }

    /** How many requests are not answered yet. */
    int openRequests() {
        return openRequests;
    }

    /** Whether {@link Input.Tick} can have an effect now. */
    boolean needsTicks() {
        return draining || !streams.isEmpty();
    }

    private void onRequest(Input input, long now) {
        if (input instanceof Input.HeadArrived head) {
            SessionStream stream = in(head.stream(), Phase.HEAD);
            if (stream != null) {
                headArrived(stream, head.request(), now);
            }
        } else if (input instanceof Input.Broken broken) {
            SessionStream stream = streams.get(broken.stream());
            if (stream != null && (stream.phase == Phase.HEAD || stream.phase == Phase.ENVELOPE)) {
                refuse(stream, broken.code(), broken.sentence(), now);
            }
        } else if (input instanceof Input.Granted granted) {
            SessionStream stream = in(granted.stream(), Phase.RESERVING);
            if (stream != null) {
                granted(stream, now);
            }
        } else if (input instanceof Input.EnvelopeArrived arrived) {
            SessionStream stream = in(arrived.stream(), Phase.ENVELOPE);
            if (stream != null) {
                envelopeArrived(stream, arrived.head(), now);
            }
        } else if (input instanceof Input.Written written) {
            SessionStream stream = in(written.stream(), Phase.WRITING);
            if (stream != null) {
                written(stream, now);
            }
        } else {
            onReply(input, now);
        }
    }

    private void onReply(Input input, long now) {
        if (input instanceof Input.Stored stored) {
            SessionStream stream = in(stored.stream(), Phase.AWAY);
            if (stream != null) {
                finish(stream, new Effect.Line.Ok(), now);
            }
        } else if (input instanceof Input.Refused refused) {
            SessionStream stream = streams.get(refused.stream());
            if (stream != null && (stream.phase == Phase.AWAY || stream.phase == Phase.RESERVING)) {
                refuse(stream, refused.code(), refused.sentence(), now);
            }
        } else if (input instanceof Input.SliceRead read) {
            SessionStream stream = in(read.stream(), Phase.AWAY);
            if (stream != null) {
                stream.unwritten.addAll(read.slice().envelopes());
                stream.lastSlice = read.slice().last();
                stream.leases |= !stream.unwritten.isEmpty();
                writePiece(stream, now);
            }
        } else if (input instanceof Input.SliceTooLarge larger) {
            SessionStream stream = in(larger.stream(), Phase.AWAY);
            if (stream != null) {
                reserveAnew(stream, larger.bytes());
            }
        }
    }

    private @Nullable SessionStream in(long id, Phase phase) {
        SessionStream stream = streams.get(id);
        return stream != null && stream.phase == phase ? stream : null;
    }

    private void opened(long id, long now) {
        SessionStream stream =
                new SessionStream(id, !draining, answersWritten, settings.requestTimeoutMillis());
        streams.put(id, stream);
        openRequests++;
        underWay += stream.taken ? 1 : 0;
        if (draining) {
            refuse(stream, ErrorCode.DRAINING, ErrorCode.DRAINING.sentence(), now);
        } else if (openRequests > Limits.REQUESTS_MAX) {
            refuse(
                    stream,
                    ErrorCode.TOO_MANY_STREAMS,
                    "a connection has at most " + Limits.REQUESTS_MAX + " requests open",
                    now);
        } else {
            stream.arrival.start(now);
        }
    }

    private void headArrived(SessionStream stream, Request request, long now) {
        acknowledgeBefore(stream.answersBefore);
        if (admission instanceof Admission.Refused refused) {
            refuse(stream, refused.code(), refused.sentence(), now);
        } else if (request instanceof Request.Hello) {
            finish(stream, new Effect.Line.Welcome(), now);
        } else if (request instanceof Request.Send send
                && send.envelopeBytes() > settings.envelopeBytesMax()) {
            refuse(
                    stream,
                    ErrorCode.ENVELOPE_SIZE,
                    "an envelope has at most " + settings.envelopeBytesMax() + " bytes here",
                    now);
        } else if (request instanceof Request.Send send) {
            stream.arrival.stop(now);
            stream.arrival.add(send.envelopeBytes());
            stream.ending.add(send.envelopeBytes());
            stream.envelopeBytes = send.envelopeBytes();
            stream.phase = Phase.RESERVING;
            effects.add(new Effect.Reserve(stream.id, send.envelopeBytes()));
        } else if (request instanceof Request.Fetch fetch) {
            headArrived(stream, fetch, now);
        }
    }

    private void headArrived(SessionStream stream, Request.Fetch fetch, long now) {
        try {
            requireOpen(new MailboxName(fetch.recipient()));
            require(access().mayFetch(fetch.recipient()), "fetch from");
        } catch (ProtocolException e) {
            refuse(stream, e.code(), e.sentence(), now);
            return;
        }
        stream.phase = Phase.RESERVING;
        stream.fetching = true;
        effects.add(new Effect.StartFetch(stream.id, fetch.recipient()));
        effects.add(new Effect.Reserve(stream.id, SLICE_BYTES));
    }

    private void granted(SessionStream stream, long now) {
        if (stream.fetching) {
            stream.phase = Phase.AWAY;
            effects.add(new Effect.ReadSlice(stream.id));
        } else {
            stream.phase = Phase.ENVELOPE;
            stream.arrival.start(now);
            effects.add(new Effect.ReadEnvelope(stream.id, stream.envelopeBytes));
        }
    }

    private void envelopeArrived(SessionStream stream, EnvelopeHead head, long now) {
        long ttlMillis;
        try {
            requireOpen(new MailboxName(head.recipient()));
            require(access().maySend(head.recipient()), "send to");
            ttlMillis = ttlMillis(head.ttlSeconds());
        } catch (ProtocolException e) {
            refuse(stream, e.code(), e.sentence(), now);
            return;
        }
        stream.phase = Phase.AWAY;
        effects.add(new Effect.Store(stream.id, head.recipient(), now, now + ttlMillis));
    }

    private long ttlMillis(long ttlSeconds) {
        if (ttlSeconds == 0) {
            throw new ProtocolException(ErrorCode.INVALID_TTL, "the time to live is zero");
        }
        return Math.min(ttlSeconds * 1000, settings.ttlMaxMillis());
    }

    /** A key's mailbox is its owner's alone, and a client of version 0 can prove nothing. */
    private static void requireOpen(MailboxName mailbox) {
        if (mailbox.keyAddressed()) {
            throw new ProtocolException(
                    ErrorCode.NOT_SUPPORTED, "version 0 has no key-addressed mailboxes");
        }
    }

    private Access access() {
        if (admission instanceof Admission.Granted granted) {
            return granted.access();
        }
        throw new IllegalStateException("whoever is not let in asks for no mailbox");
    }

    private static void require(boolean allowed, String what) {
        if (!allowed) {
            throw new ProtocolException(
                    ErrorCode.NOT_ALLOWED, "the client may not " + what + " this mailbox");
        }
    }

    private void reserveAnew(SessionStream stream, long bytes) {
        stream.phase = Phase.RESERVING;
        effects.add(new Effect.Release(stream.id));
        effects.add(new Effect.Reserve(stream.id, bytes));
    }

    /** Nothing past its deadline goes to the transport: so it is looked at here, and not before. */
    private void writePiece(SessionStream stream, long now) {
        List<ByteBuffer> piece = new ArrayList<>();
        int bytes = 0;
        while (!stream.unwritten.isEmpty() && bytes < PIECE_BYTES) {
            StoredEnvelope envelope = stream.unwritten.remove();
            if (envelope.deadlineMillis() <= now) {
                effects.add(new Effect.LeaveOut(stream.id, envelope.sequence()));
            } else {
                piece.add(envelope.bytes());
                bytes += envelope.bytes().remaining();
            }
        }
        boolean end = stream.unwritten.isEmpty() && stream.lastSlice;
        if (piece.isEmpty() && !end) {
            reserveAnew(stream, SLICE_BYTES);
            return;
        }
        effects.add(new Effect.Write(stream.id, piece, end));
        stream.endWritten = end;
        writing(stream, bytes, now);
    }

    private void finish(SessionStream stream, Effect.Line line, long now) {
        effects.add(new Effect.Finish(stream.id, line));
        stream.endWritten = true;
        writing(stream, LINE_BYTES, now);
    }

    private void writing(SessionStream stream, int bytes, long now) {
        stream.phase = Phase.WRITING;
        stream.reading.add(bytes);
        stream.reading.start(now);
    }

    private void refuse(SessionStream stream, ErrorCode code, String sentence, long now) {
        letGo(stream);
        finish(stream, new Effect.Line.Refusal(code, sentence), now);
    }

    private void written(SessionStream stream, long now) {
        stream.reading.stop(now);
        if (stream.endWritten) {
            answered(stream, now);
        } else if (stream.unwritten.isEmpty()) {
            reserveAnew(stream, SLICE_BYTES);
        } else {
            writePiece(stream, now);
        }
    }

    private void answered(SessionStream stream, long now) {
        stream.phase = Phase.ANSWERED;
        stream.ending.start(now);
        requestOver(stream, now);
        effects.add(new Effect.Release(stream.id));
        if (stream.fetching && stream.leases) {
            unacknowledged.add(new Fetched(answersWritten, stream.id));
            answersWritten++;
        }
    }

    private void requestOver(SessionStream stream, long now) {
        openRequests--;
        if (stream.taken) {
            underWay--;
            quietSinceMillis = now;
        }
    }

    private void acknowledgeBefore(long answers) {
        while (!unacknowledged.isEmpty() && unacknowledged.element().number() < answers) {
            effects.add(new Effect.Acknowledge(unacknowledged.remove().stream()));
        }
    }

    private void reset(long id, long now) {
        if (unacknowledged.removeIf(fetched -> fetched.stream() == id)) {
            effects.add(new Effect.GiveBack(id));
        }
        SessionStream stream = streams.get(id);
        if (stream != null && stream.phase != Phase.ANSWERED) {
            abandon(stream, now);
        }
        effects.add(new Effect.Close(id));
    }

    private void closed(long id, long now) {
        SessionStream stream = streams.get(id);
        if (stream == null) {
            return;
        }
        if (stream.phase == Phase.ANSWERED) {
            streams.remove(id);
        } else {
            abandon(stream, now);
        }
    }

    private void abandon(SessionStream stream, long now) {
        letGo(stream);
        streams.remove(stream.id);
        requestOver(stream, now);
    }

    private void letGo(SessionStream stream) {
        effects.add(new Effect.Release(stream.id));
        if (stream.fetching) {
            effects.add(new Effect.GiveBack(stream.id));
            stream.fetching = false;
        }
        stream.unwritten.clear();
    }

    private void ended(boolean orderly) {
        for (Fetched fetched : unacknowledged) {
            effects.add(
                    orderly
                            ? new Effect.Acknowledge(fetched.stream())
                            : new Effect.GiveBack(fetched.stream()));
        }
        unacknowledged.clear();
        for (SessionStream stream : streams.values()) {
            if (stream.phase != Phase.ANSWERED) {
                letGo(stream);
            }
        }
        streams.clear();
        openRequests = 0;
        underWay = 0;
    }

    private void tick(long now) {
        for (SessionStream stream : List.copyOf(streams.values())) {
            if (stream.phase == Phase.HEAD || stream.phase == Phase.ENVELOPE) {
                if (stream.arrival.over(now)) {
                    refuse(
                            stream,
                            ErrorCode.REQUEST_TIMEOUT,
                            ErrorCode.REQUEST_TIMEOUT.sentence(),
                            now);
                }
            } else if (stream.phase == Phase.WRITING && stream.reading.over(now)) {
                abandon(stream, now);
                effects.add(new Effect.Abort(stream.id, ErrorCode.SLOW_READER));
            } else if (stream.phase == Phase.ANSWERED && stream.ending.over(now)) {
                streams.remove(stream.id);
                effects.add(new Effect.StopReading(stream.id));
            }
        }
        if (draining && underWay == 0 && now - quietSinceMillis >= LINGER_MILLIS) {
            effects.add(new Effect.CloseConnection());
        }
    }

    /** An answer that was written wholly: the how-manieth, and on which stream. */
    private record Fetched(long number, long stream) {}
}
