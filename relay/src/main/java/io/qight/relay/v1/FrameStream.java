package io.qight.relay.v1;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.quic.QuicException;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.util.ReferenceCountUtil;
import io.qight.relay.flow.Allowance;
import io.qight.relay.flow.StreamEnd;
import io.qight.transport.ByteBudget.Reservation;
import io.qight.transport.StreamOutput;
import io.qight.transport.TransportException;
import io.qight.wire.ErrorCode;
import io.qight.wire.ProtocolException;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.StreamKind;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The frames of one stream, in and out, whatever it is for.
 *
 * <p>It reads one buffer at a time, and only while its session takes frames and the client takes
 * answers. What a buffer brought is handed on once the budget has granted it; a larger frame is
 * read on only then. On the connection's event loop.
 */
final class FrameStream extends ChannelInboundHandlerAdapter {
    /** Answers that the client has not taken; nothing is read beyond, in bytes. */
    static final int ANSWER_BYTES_MAX = 64 << 10;

    /** So many request timeouts the client may take nothing at all of what is written. */
    static final int SLOW_TIMEOUTS = 3;

    /** What is gathered in one turn of the event loop before it is handed on, as it costs. */
    static final int GATHERED_BYTES_MAX = 32 << 10;

    /** FETCH hands on no more at a time, so that others come between. */
    private static final int HANDED_BYTES_MAX = 64 << 10;

    /** What a frame in hand costs beside the bytes of its envelope. */
    private static final int ENTRY_BYTES = 256;

    private static final long NOT_STALLED = Long.MIN_VALUE;

    /** What a range in it costs. */
    private static final int RANGE_BYTES = 48;

    private final StreamingConnection connection;
    private final QuicStreamChannel channel;
    private final StreamOutput transport;
    private final FrameInput input;
    private final FrameOutput output;
    private final Deque<Input> inputs = new ArrayDeque<>(1);
    private @Nullable StreamSession session;
    private boolean held = true;
    private boolean stepping;
    private boolean advancing;
    private boolean readRequested;
    private boolean inputEnded;
    private boolean inputOver;
    private boolean gone;

    /** Decoded, and not handed on. */
    private List<Frame> frames = new ArrayList<>();

    private long framesCost;

    /** Whether more may join them: until the end of this turn of the event loop. */
    private boolean gathering;

    private boolean handOnDue;

    /** What is wrong behind those. */
    private @Nullable ProtocolException fault;

    /** For what is decoded, or for the large frame that is arriving. */
    private @Nullable Reservation reservation;

    private @Nullable Allowance arrival;
    private boolean arrivalSized;
    private long takenBefore;
    private long stalledSinceMillis = NOT_STALLED;

    FrameStream(StreamingConnection connection, QuicStreamChannel channel) {
        this.connection = connection;
        this.channel = channel;
        this.transport = StreamOutput.of(channel);
        this.input = new FrameInput(first(), connection.envelopeBytesMax());
        this.output =
                new FrameOutput(
                        transport, channel.alloc(), groups -> connection.taken(this, groups));
        channel.config().setAutoRead(false);
    }

    long id() {
        return channel.streamId();
    }

    /** Whether it is the client's first, and so the control stream. */
    boolean first() {
        return id() == 0;
    }

    /** What it is for; null before its first frame. */
    @Nullable StreamKind kind() {
        return input.kind();
    }

    /** Whether it has a session: it was let in, and the relay has not ended its side. */
    boolean served() {
        return session != null;
    }

    /** Whether the relay has ended its side. */
    boolean ended() {
        return output.ended();
    }

    /** Whether the relay still has something to do for it. */
    boolean busy() {
        return session != null && session.busy();
    }

    /** Whether {@link #tick} can have an effect. */
    boolean needsTicks() {
        return arrival != null || output.untakenBytes() > 0 || stalledSinceMillis != NOT_STALLED;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        transport
                .finished()
                .whenComplete((nothing, failure) -> {
                    if (failure instanceof TransportException.StreamEnded) {
                        reset();
                    }
                });
        connection.opened(this);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        try {
            if (!inputOver) {
                input.add((ByteBuf) message);
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        readRequested = false;
        advance();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof ChannelInputShutdownEvent) {
            inputEnded = true;
            advance();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof QuicException || cause instanceof IOException) {
            // Not always as a reset: a stream that was reset before it was read has other names.
            reset();
        } else {
            context.fireExceptionCaught(cause);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        end(StreamEnd.LOST);
        connection.closed(this);
    }

    /** From now on the stream is read. */
    void begin() {
        held = false;
        advance();
    }

    /** From now on this session has the stream. */
    void serve(StreamSession session) {
        this.session = session;
    }

    /** Has the session take an input. An effect may make further ones: they come after. */
    void step(Input next) {
        inputs.add(next);
        if (stepping) {
            return;
        }
        stepping = true;
        try {
            for (Input one = inputs.poll(); one != null; one = inputs.poll()) {
                if (session != null) {
                    session.step(one, connection.millis()).forEach(this::carryOut);
                }
            }
        } finally {
            stepping = false;
        }
        output.flush();
        advance();
        connection.needTicks(this);
    }

    /** Writes what is no answer to the client's frames. */
    void write(List<Frame> deliveries, @Nullable Reservation held) {
        output.write(deliveries, held);
    }

    /** Writes an answer. */
    void write(Frame answer) {
        output.write(answer);
    }

    /** Hands all that was written to the transport. */
    void flush() {
        output.flush();
        advance();
        connection.needTicks(this);
    }

    /** ERROR, the end, and nothing more is read. */
    void fail(ErrorCode code, String sentence) {
        connection.countRefusals(code, sentence, 1);
        session = null;
        output.finish(code, sentence);
        output.flush();
        stopReading();
        if (!inputEnded) {
            channel.shutdownInput(code.number());
        }
    }

    /** Nothing more is read of it. */
    void stopReading() {
        inputOver = true;
        input.clear();
        frames = new ArrayList<>();
        framesCost = 0;
        fault = null;
        arrival = null;
        releaseInput();
    }

    /** The reservation for the frames that are being handed on; it goes with them. */
    Reservation takeReservation() {
        Reservation taken = Objects.requireNonNull(reservation, "no reservation");
        reservation = null;
        return taken;
    }

    void tick(long now) {
        output.progress();
        if (output.untakenBytes() == 0 || output.takenBytes() != takenBefore) {
            takenBefore = output.takenBytes();
            stalledSinceMillis = NOT_STALLED;
        } else if (stalledSinceMillis == NOT_STALLED) {
            stalledSinceMillis = now;
        } else if (now - stalledSinceMillis >= SLOW_TIMEOUTS * connection.requestTimeoutMillis()) {
            slow();
            return;
        }
        if (arrival != null && arrival.over(now)) {
            broken(ErrorCode.REQUEST_TIMEOUT, "a frame was not whole in time");
        }
        advance();
    }

    /** What is written does not get through, so an ERROR would not either. */
    private void slow() {
        ErrorCode code = ErrorCode.SLOW_READER;
        if (first()) {
            broken(code, code.sentence());
        } else {
            connection.countRefusals(code, code.sentence(), 1);
            end(StreamEnd.RESET);
            transport.abort(code.number());
        }
    }

    /** The client gave the stream up, in either direction. */
    private void reset() {
        if (!gone) {
            end(StreamEnd.RESET);
            transport.abort(0);
        }
    }

    private void end(StreamEnd how) {
        if (!gone) {
            gone = true;
            stopReading();
            step(new Input.Gone(how));
            output.close();
        }
    }

    private void carryOut(Effect effect) {
        if (effect instanceof Effect.Write write) {
            output.write(write.frame());
        } else if (effect instanceof Effect.Fail fail) {
            fail(fail.code(), fail.sentence());
        } else if (effect instanceof Effect.Finish) {
            session = null;
            output.finish();
        } else if (effect instanceof Effect.CloseConnection) {
            output.flush();
            connection.carryOut(this, effect);
        } else if (effect instanceof Effect.StopReading) {
            inputOver = true;
            input.clear();
        } else {
            connection.carryOut(this, effect);
        }
    }

    /** Goes as far as it can: decodes, asks for room, hands on, and reads. */
    private void advance() {
        if (advancing || stepping) {
            return;
        }
        advancing = true;
        try {
            while (reads() && turn()) {
                // The next turn.
            }
        } finally {
            advancing = false;
        }
        time();
    }

    private boolean reads() {
        return !held
                && !inputOver
                && (session == null || session.reads())
                && !connection.holdsBack(kind())
                && output.answerBytes() <= ANSWER_BYTES_MAX
                && (reservation == null || reservation.granted());
    }

    /** Says whether there may be more to do at once. */
    private boolean turn() {
        if (fault == null && (frames.isEmpty() || (!handOnDue && reservation == null))) {
            decode();
        }
        if (!frames.isEmpty()) {
            if (!connection.trusts(kind())) {
                return false;
            }
            if (mayGather()) {
                gather();
                return read();
            }
            // The control stream goes on whatever the budget says; its frames are few and small.
            if (first() || reserve(framesCost)) {
                handOn();
                return true;
            }
            return false;
        }
        if (fault != null) {
            broken(fault.code(), fault.sentence());
            return false;
        }
        int wanted = input.wantedBytes();
        if (wanted > 0) {
            if (reserve(wanted + ENTRY_BYTES)) {
                input.makeRoom();
                return true;
            }
            return false;
        }
        if (inputEnded) {
            inputEnded();
            return false;
        }
        return read();
    }

    /** Says whether something has come. */
    private boolean read() {
        if (readRequested) {
            return false;
        }
        readRequested = true;
        channel.read();
        // What is there already comes before read() returns; of an end alone no more is told.
        return !readRequested || inputEnded;
    }

    private boolean mayGather() {
        return kind() == StreamKind.SEND
                && !handOnDue
                && reservation == null
                && fault == null
                && !inputEnded
                && framesCost < GATHERED_BYTES_MAX
                && input.wantedBytes() == 0;
    }

    /**
     * The envelopes that come in one turn of the event loop, often in many packets, are handed on
     * together, as each handing on costs about as much as ten frames.
     */
    private void gather() {
        if (!gathering) {
            gathering = true;
            channel.eventLoop().execute(this::gathered);
        }
    }

    private void gathered() {
        gathering = false;
        handOnDue = !frames.isEmpty();
        advance();
    }

    private void decode() {
        boolean large = input.large();
        long wholeBefore = input.wholeFrames();
        try {
            Frame frame = input.next();
            while (frame != null) {
                frames.add(frame);
                framesCost += cost(frame);
                // What follows a large frame is not reserved with it.
                frame = large || enough() ? null : input.next();
            }
        } catch (ProtocolException e) {
            fault = e;
        }
        if (frames.isEmpty() && large && !input.large()) {
            // It was one to ignore.
            releaseInput();
        }
        if (input.wholeFrames() > wholeBefore) {
            arrival = null;
        }
    }

    private boolean enough() {
        return kind() == StreamKind.FETCH && framesCost >= HANDED_BYTES_MAX;
    }

    private static long cost(Frame frame) {
        return frame instanceof Frame.Send send
                ? ENTRY_BYTES + send.envelope().readableBytes()
                : ENTRY_BYTES + (long) RANGE_BYTES * ranges(frame);
    }

    private static int ranges(Frame frame) {
        if (frame instanceof Frame.GiveUp giveUp) {
            return giveUp.numbers().list().size();
        } else if (frame instanceof Frame.Ack ack) {
            return ack.deliveries().list().size();
        } else if (frame instanceof Frame.Nack nack) {
            return nack.deliveries().list().size();
        } else if (frame instanceof Frame.Extend extend) {
            return extend.deliveries().list().size();
        } else if (frame instanceof Frame.Hold hold) {
            return hold.deliveries().list().size();
        }
        return 0;
    }

    /** Whether the bytes are reserved; else the stream goes on once they are. */
    private boolean reserve(long bytes) {
        if (reservation == null) {
            reservation = connection.reserve(bytes, this::advance);
        }
        return reservation.granted();
    }

    private void handOn() {
        List<Frame> handed = frames;
        frames = new ArrayList<>();
        framesCost = 0;
        handOnDue = false;
        if (session == null) {
            connection.firstFrames(this, handed.get(0));
        }
        step(new Input.Frames(handed));
        releaseInput();
    }

    private void inputEnded() {
        inputOver = true;
        if (!input.betweenFrames()) {
            broken(ErrorCode.MALFORMED_FRAME, "the stream ended within a frame");
        } else if (session == null) {
            output.finish();
        } else {
            step(new Input.Finished());
        }
    }

    private void broken(ErrorCode code, String sentence) {
        stopReading();
        if (session == null) {
            fail(code, sentence);
        } else {
            step(new Input.Broken(code, sentence));
        }
    }

    private void releaseInput() {
        if (reservation != null) {
            reservation.release();
            reservation = null;
        }
    }

    /** The client has the grace and the time of the bytes for a frame, while the relay reads. */
    private void time() {
        if (inputOver || input.betweenFrames()) {
            arrival = null;
            return;
        }
        if (arrival == null) {
            arrival = new Allowance(connection.requestTimeoutMillis());
            arrivalSized = false;
        }
        if (!arrivalSized && fault == null) {
            int bytes = input.begunBytes();
            arrival.add(bytes);
            arrivalSized = bytes > 0;
        }
        if (readRequested) {
            arrival.start(connection.millis());
        } else {
            arrival.stop(connection.millis());
        }
        connection.needTicks(this);
    }
}
