package io.qight.relay.v1;

import io.netty.channel.ChannelHandler;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.util.concurrent.Future;
import io.qight.identity.IdentityKey;
import io.qight.relay.access.Access;
import io.qight.relay.flow.Caller;
import io.qight.relay.flow.LiveConnection;
import io.qight.relay.flow.Message;
import io.qight.relay.flow.RelayBudget;
import io.qight.relay.flow.SendRate;
import io.qight.relay.grants.OwnerRule;
import io.qight.relay.outbox.SendEntry;
import io.qight.transport.ByteBudget.Reservation;
import io.qight.transport.Connection;
import io.qight.transport.ConnectionEnd;
import io.qight.wire.ErrorCode;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.StreamKind;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One connection of version 1: finds the session for each stream, carries out what sessions want,
 * and brings them the answers of the writer and the dispatcher. All on the connection's event loop,
 * but {@link #deliver}, {@link #drain} and {@link #checkAccess}, which go there.
 */
final class StreamingConnection implements LiveConnection, Caller {
    /** SEND streams at a time. */
    static final int SEND_STREAMS_MAX = 16;

    /** FETCH streams at a time. */
    static final int FETCH_STREAMS_MAX = 64;

    /** How often time limits are looked at while there are any, in milliseconds. */
    private static final long TICK_MILLIS = 100;

    /**
     * How long a draining connection stays open once nothing is under way. The transport cannot
     * tell when the peer has the last bytes, and closing drops what is on the way.
     */
    private static final long LINGER_MILLIS = 250;

    private final StreamingProtocol protocol;
    private final Connection connection;
    private final RelayBudget.Share share;
    private final Beginnings beginnings;
    private final ControlSession control;
    private final Map<Long, FrameStream> streams = new HashMap<>();

    /** Those that have a time limit. */
    private final Set<FrameStream> timed = new HashSet<>();

    private @Nullable FrameStream controlStream;
    private @Nullable Future<?> tick;
    private boolean handshakeDone;

    /** What the client may do, once it is let in. */
    private volatile @Nullable Access access;

    /** Whether the client claims an identity that it has not proved yet. */
    private boolean proofAwaited;

    private Optional<IdentityKey> identity = Optional.empty();
    private final SendRate rate;
    private @Nullable SendRate identityRate;

    /** Whether streams wait unread since the last tick, or may. */
    private boolean heldBack;

    private boolean refusing;
    private boolean closing;
    private long busyMillis;

    StreamingConnection(StreamingProtocol protocol, Connection connection) {
        this.protocol = protocol;
        this.connection = connection;
        long openedMillis = protocol.clock.millis();
        this.beginnings =
                new Beginnings(
                        connection::charge,
                        connection::mustWait,
                        protocol.dispatcher::behind,
                        openedMillis);
        this.share = protocol.budget.newShare(connection.share(), connection.eventLoop());
        this.rate = protocol.rates.ofConnection();
        this.control =
                new ControlSession(
                        protocol.settings,
                        new Door(
                                protocol.admissions,
                                () -> connection.remoteAddress().getAddress(),
                                connection::peerCertificate),
                        protocol.random(Frame.Welcome.NONCE_BYTES),
                        openedMillis);
        connection.handshakeDone().thenRun(this::handshakeDone);
        needTicks();
    }

    @Override
    public ChannelHandler onStream(QuicStreamChannel channel) {
        FrameStream stream = new FrameStream(this, channel);
        streams.put(stream.id(), stream);
        return stream;
    }

    @Override
    public void onClosed(ConnectionEnd end) {
        closing = true;
        if (identityRate != null) {
            identity.ifPresent(protocol.rates::giveBack);
        }
        if (tick != null) {
            tick.cancel(false);
        }
    }

    @Override
    public void drain() {
        connection.eventLoop().execute(() -> control(new Input.Drain()));
    }

    @Override
    public void checkAccess() {
        Access granted = access;
        if (granted != null && !granted.stands()) {
            try {
                connection.eventLoop().execute(() -> control(new Input.AccessEnded()));
            } catch (RejectedExecutionException e) {
                // The event loop has ended, and with it the connection.
                return;
            }
        }
    }

    @Override
    public void deliver(List<Message.ToCaller> answers) {
        try {
            connection.eventLoop().execute(() -> answer(answers));
        } catch (RejectedExecutionException e) {
            // The event loop has ended, and every connection on it.
            answers.forEach(StreamingConnection::release);
        }
    }

    long millis() {
        return protocol.clock.millis();
    }

    long envelopeBytesMax() {
        return protocol.settings.limits().envelopeBytesMax();
    }

    long requestTimeoutMillis() {
        return protocol.settings.requestTimeoutMillis();
    }

    Reservation reserve(long bytes, Runnable whenGranted) {
        return share.reserve(bytes, whenGranted);
    }

    void countRefusals(ErrorCode code, String sentence, long count) {
        protocol.meters.refused(code, connection.remoteAddress().toString(), sentence, count);
    }

    /** A stream can be read and written. */
    void opened(FrameStream stream) {
        if (stream.first()) {
            controlStream = stream;
            stream.serve(control);
            stream.begin();
        } else if (access != null) {
            stream.begin();
        }
    }

    /**
     * Whether what a stream of this kind says may be acted on now: FETCH waits for the end of the
     * handshake, as it may be a replay before, and for whom the client proves to be.
     */
    boolean trusts(@Nullable StreamKind kind) {
        return (handshakeDone && !proofAwaited) || kind != StreamKind.FETCH;
    }

    /**
     * Whether streams of this kind wait unread, since the client sends faster than it may, or
     * begins more: mailboxes, or streams, whose kind is not known before.
     */
    boolean holdsBack(@Nullable StreamKind kind) {
        if (kind == StreamKind.CONTROL
                || !(kind == StreamKind.SEND ? sendsTooFast() : beginnings.mustWait())) {
            return false;
        }
        // Also where another connection of the identity has spent what both may send.
        holdBack();
        return true;
    }

    /** Both directions of a stream are over. */
    void closed(FrameStream stream) {
        streams.remove(stream.id());
        timed.remove(stream);
    }

    /** A stream tells by its first frame what it is for. */
    void firstFrames(FrameStream stream, Frame first) {
        StreamKind kind = first.type().stream();
        long others =
                streams.values().stream()
                        .filter(other -> other.kind() == kind && other.served())
                        .count();
        if (refusing) {
            stream.fail(ErrorCode.DRAINING, ErrorCode.DRAINING.sentence());
        } else if (others >= (kind == StreamKind.SEND ? SEND_STREAMS_MAX : FETCH_STREAMS_MAX)) {
            stream.fail(
                    ErrorCode.TOO_MANY_STREAMS,
                    "the connection has " + others + " " + kind + " streams");
        } else if (kind == StreamKind.FETCH) {
            begin(Beginnings.STREAM);
            protocol.fetches.increment();
            stream.serve(new FetchSession());
        } else {
            begin(Beginnings.STREAM);
            stream.serve(new SendSession(protocol.settings.limits(), control));
        }
    }

    /** The transport has taken groups of deliveries of a stream. */
    void taken(FrameStream stream, int groups) {
        protocol.dispatcher.tell(new Message.StreamTaken(key(stream), groups));
    }

    /** Has a stream's time limits looked at from now on, while there are any. */
    void needTicks(FrameStream stream) {
        boolean limited = stream.needsTicks() && streams.containsKey(stream.id());
        if (limited) {
            timed.add(stream);
        }
        if (limited || control.needsTicks()) {
            needTicks();
        }
    }

    private void needTicks() {
        if (tick == null && !closing) {
            tick = connection.eventLoop().schedule(this::tick, TICK_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    /** Carries out what is not for the stream itself. */
    void carryOut(FrameStream stream, Effect effect) {
        if (effect instanceof Effect.OpenOutbox open) {
            toWriter(
                    stream,
                    new Message.OpenOutbox(
                            this,
                            stream.id(),
                            open.outbox(),
                            connection.remoteAddress().getAddress()));
        } else if (effect instanceof Effect.HandSends hand) {
            if (!stream.ended()) {
                handSends(stream, hand.entries());
            }
        } else if (effect instanceof Effect.CloseOutbox) {
            protocol.writer.send(new Message.CloseOutbox(this, stream.id()));
        } else if (effect instanceof Effect.OpenFetch open) {
            protocol.dispatcher
                    .open(
                            new Message.StreamOpened(
                                    key(stream), open.subscribe(), share, identity, access()))
                    .ifPresent(code -> stream.fail(code, code.sentence()));
        } else if (effect instanceof Effect.HandFetch hand) {
            if (!stream.ended()) {
                handFetch(stream, hand.frames());
            }
        } else if (effect instanceof Effect.BreakFetch broken) {
            protocol.dispatcher.tell(
                    new Message.StreamBroken(key(stream), broken.code(), broken.sentence()));
        } else if (effect instanceof Effect.EndFetch end) {
            protocol.dispatcher.tell(new Message.StreamEnded(key(stream), end.how()));
        } else {
            carryOut(effect);
        }
    }

    private void carryOut(Effect effect) {
        if (effect instanceof Effect.LetIn in) {
            access = in.access();
            protocol.hellos.increment();
            beginHeld();
        } else if (effect instanceof Effect.AwaitProof) {
            proofAwaited = true;
        } else if (effect instanceof Effect.Proved proved) {
            proofAwaited = false;
            identity = Optional.of(proved.identity());
            identityRate = protocol.rates.take(proved.identity());
            beginHeld();
        } else if (effect instanceof Effect.KeepRule keep) {
            keep(keep.request(), keep.rule());
        } else if (effect instanceof Effect.Refuse) {
            refusing = true;
            busyMillis = millis();
            List.copyOf(streams.values()).forEach(stream -> drain(stream));
            needTicks();
        } else if (effect instanceof Effect.TellPong pong) {
            protocol.dispatcher.tell(new Message.Ponged(this, pong.opaque()));
        } else if (effect instanceof Effect.CountRefusals count) {
            countRefusals(count.code(), count.sentence(), count.count());
        } else if (effect instanceof Effect.CloseConnection close) {
            close(close.code(), close.sentence());
        } else {
            throw new IllegalStateException("nobody carries out " + effect);
        }
    }

    private void handshakeDone() {
        handshakeDone = true;
        if (access != null) {
            beginHeld();
        }
    }

    private void beginHeld() {
        // A copy: a stream that begins may end.
        for (FrameStream stream : List.copyOf(streams.values())) {
            if (!stream.first()) {
                stream.begin();
            }
        }
    }

    private static void drain(FrameStream stream) {
        if (!stream.first()) {
            stream.step(new Input.Drain());
        }
    }

    private void handSends(FrameStream stream, List<SendEntry> entries) {
        long sends = entries.stream().filter(entry -> entry instanceof SendEntry.Send).count();
        protocol.sends.increment((double) sends);
        pay(sends);
        Reservation reservation = stream.takeReservation();
        if (!toWriter(stream, new Message.Sends(this, stream.id(), entries, reservation))) {
            reservation.release();
        }
    }

    private void keep(long request, OwnerRule rule) {
        InetAddress address = connection.remoteAddress().getAddress();
        if (!protocol.writer.send(new Message.KeepRule(this, request, rule, address))) {
            control(
                    new Input.RuleKept(
                            request, Optional.of(new SendEntry.Refusal(ErrorCode.DRAINING))));
        }
    }

    private void pay(long sends) {
        boolean tooFast = rate.take(sends, millis());
        if (identityRate != null) {
            tooFast |= identityRate.take(sends, millis());
        }
        if (tooFast) {
            protocol.meters.heldBack();
            holdBack();
        }
    }

    /** Has streams looked at again that wait unread. */
    private void holdBack() {
        heldBack = true;
        needTicks();
    }

    private boolean sendsTooFast() {
        return rate.waitMillis(millis()) > 0
                || (identityRate != null && identityRate.waitMillis(millis()) > 0);
    }

    private boolean toWriter(FrameStream stream, Message.ToWriter message) {
        boolean taken = protocol.writer.send(message);
        if (!taken) {
            stream.fail(ErrorCode.DRAINING, ErrorCode.DRAINING.sentence());
        }
        return taken;
    }

    private void handFetch(FrameStream stream, List<Frame> frames) {
        if (beginnings.count(millis())) {
            long added = frames.stream().filter(frame -> frame instanceof Frame.Add).count();
            begin(added * Beginnings.MAILBOX);
        }
        Reservation reservation = stream.takeReservation();
        if (!protocol.dispatcher.tell(new Message.StreamFrames(key(stream), frames, reservation))) {
            reservation.release();
            stream.fail(ErrorCode.DRAINING, ErrorCode.DRAINING.sentence());
        }
    }

    private void begin(double connections) {
        if (beginnings.begin(connections, millis())) {
            protocol.meters.heldBack();
            holdBack();
        }
    }

    private void control(Input input) {
        if (controlStream != null) {
            controlStream.step(input);
        } else {
            control.step(input, millis()).forEach(this::carryOut);
        }
    }

    private void answer(List<Message.ToCaller> answers) {
        Map<Long, FrameStream> written = new HashMap<>();
        for (Message.ToCaller answer : answers) {
            FrameStream stream = streams.get(answer.request());
            if (answer instanceof Message.SendPing) {
                control(new Input.Ping(answer.request()));
            } else if (answer instanceof Message.RuleKept kept) {
                control(new Input.RuleKept(kept.request(), kept.refusal()));
            } else if (stream == null) {
                release(answer);
            } else if (answer instanceof Message.WriteFrames write) {
                write(stream, write);
                written.put(stream.id(), stream);
            } else {
                stream.step(input(answer));
            }
        }
        written.values().forEach(FrameStream::flush);
    }

    private static void write(FrameStream stream, Message.WriteFrames write) {
        if (write.deliveries()) {
            stream.write(write.frames(), write.reservation());
        } else {
            write.frames().forEach(stream::write);
            release(write);
        }
    }

    private static Input input(Message.ToCaller answer) {
        if (answer instanceof Message.Receipts receipts) {
            return new Input.Receipts(receipts.groups(), receipts.runs());
        } else if (answer instanceof Message.FramesHandled) {
            return new Input.Handled();
        } else if (answer instanceof Message.FinishStream) {
            return new Input.Completed();
        } else if (answer instanceof Message.EndStream end) {
            return new Input.Ended(end.code(), end.sentence());
        }
        throw new IllegalStateException("version 1 asks for no " + answer);
    }

    private static void release(Message.ToCaller answer) {
        if (answer instanceof Message.WriteFrames write && write.reservation() != null) {
            write.reservation().release();
        }
    }

    private void tick() {
        tick = null;
        long now = millis();
        if (control.needsTicks()) {
            control(new Input.Tick());
        }
        // Copies: a stream that is looked at may end.
        List<FrameStream> looked = List.copyOf(heldBack ? streams.values() : timed);
        heldBack = sendsTooFast() || beginnings.mustWait();
        looked.forEach(stream -> stream.tick(now));
        timed.removeIf(stream -> !stream.needsTicks());
        if (refusing) {
            lookForQuiet(now);
        }
        if (refusing || control.needsTicks() || heldBack || !timed.isEmpty()) {
            needTicks();
        }
    }

    private void lookForQuiet(long now) {
        if (streams.values().stream().anyMatch(FrameStream::busy)) {
            busyMillis = now;
        } else if (now - busyMillis >= LINGER_MILLIS) {
            close(ErrorCode.DRAINING.number(), ErrorCode.DRAINING.sentence());
        }
    }

    private void close(int code, String sentence) {
        if (!closing) {
            closing = true;
            connection.close(code, sentence);
        }
    }

    /** Streams are read only once the client is let in. */
    private Access access() {
        return Objects.requireNonNull(access);
    }

    private Message.FetchKey key(FrameStream stream) {
        return new Message.FetchKey(this, stream.id());
    }
}
