package io.qight.relay.v1;

import io.qight.relay.access.Access;
import io.qight.relay.access.AccessPolicy;
import io.qight.relay.flow.Admissions;
import io.qight.relay.flow.Caller;
import io.qight.relay.flow.Message;
import io.qight.relay.flow.RelayBudget;
import io.qight.relay.flow.SteppedRelay;
import io.qight.relay.flow.StreamEnd;
import io.qight.wire.ErrorCode;
import io.qight.wire.v1.ConnectionLimits;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.StreamKind;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The relay's end of one connection of version 1, with the relay's own sessions and a network that
 * a simulation makes. In this package, since the sessions are nobody else's.
 */
public final class SimulatedConnection implements Caller {
    /** The way to the client. */
    public interface Network {
        /** Writes a frame behind those before it on the stream. */
        void write(long stream, Frame frame);

        /** Writes deliveries, and calls {@link #taken} once the transport has them. */
        void deliver(long stream, List<Frame> deliveries);

        /** Ends the relay's side behind all that was written. */
        void end(long stream);

        /** Ends the stream in both directions, with nothing left to say. */
        void reset(long stream);

        /** Closes the connection. */
        void close(int code, String sentence);

        /** The relay ends a stream by ERROR. */
        void failing(StreamKind kind, ErrorCode code, String sentence);
    }

    private final SteppedRelay relay;
    private final Network network;
    private final ControlSettings settings;
    private final ControlSession control;
    private final RelayBudget.Share share;
    private final InetAddress address;
    private final Map<Long, Stream> streams = new TreeMap<>();
    private final Deque<Message.ToCaller> answers = new ArrayDeque<>();
    private boolean letIn;
    private boolean refusing;
    private boolean over;

    /** A connection whose handshake is complete now. */
    public SimulatedConnection(SteppedRelay relay, Network network, ConnectionLimits limits) {
        this.relay = relay;
        this.network = network;
        this.settings =
                new ControlSettings(
                        "relay",
                        new Proofs("service", List::of),
                        1,
                        limits,
                        1_000,
                        10_000,
                        Optional.empty());
        this.control =
                new ControlSession(
                        settings,
                        new Door(
                                new Admissions(AccessPolicy.openNames()),
                                InetAddress::getLoopbackAddress,
                                Optional::empty),
                        ByteBuffer.allocate(Frame.Welcome.NONCE_BYTES),
                        relay.millis());
        this.share = relay.newShare();
        this.address = InetAddress.getLoopbackAddress();
    }

    /** Frames have arrived together on a stream of the client's. */
    public void arrived(long stream, List<Frame> frames) {
        if (alive()) {
            stream(stream).arrived(new Input.Frames(frames));
        }
    }

    /** The client has ended its side of a stream. */
    public void finished(long stream) {
        if (alive()) {
            stream(stream).arrived(new Input.Finished());
        }
    }

    /** The client has reset a stream. */
    public void reset(long stream) {
        if (alive()) {
            stream(stream).gone(StreamEnd.RESET);
        }
    }

    /** The transport has taken a group of deliveries. */
    public void taken(long stream) {
        if (alive()) {
            stream(stream).taken();
        }
    }

    /** The connection is gone. */
    public void lost() {
        if (alive()) {
            over = true;
            streams.values().forEach(stream -> stream.gone(StreamEnd.LOST));
        }
    }

    /** The relay is about to close. */
    public void drain() {
        if (alive()) {
            stream(0).step(new Input.Drain());
        }
    }

    /** Time has passed. */
    public void tick() {
        if (alive()) {
            stream(0).step(new Input.Tick());
            List.copyOf(streams.values()).forEach(Stream::tick);
        }
    }

    @Override
    public void deliver(List<Message.ToCaller> answers) {
        answers.forEach(this.answers::add);
        relay.later(() -> {
            for (int i = answers.size(); i > 0 && !relay.dead(); i--) {
                answer(this.answers.remove());
            }
        });
    }

    private boolean alive() {
        return !over && !relay.dead();
    }

    private Stream stream(long id) {
        return streams.computeIfAbsent(id, Stream::new);
    }

    private void answer(Message.ToCaller answer) {
        if (answer instanceof Message.SendPing) {
            if (alive()) {
                stream(0).step(new Input.Ping(answer.request()));
            }
        } else if (answer instanceof Message.WriteFrames write) {
            if (write.deliveries()) {
                stream(answer.request()).deliver(write);
            } else {
                write.frames().forEach(stream(answer.request())::write);
            }
            if (write.reservation() != null) {
                write.reservation().release();
            }
        } else {
            stream(answer.request()).step(input(answer));
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

    private void carryOut(Effect effect) {
        if (effect instanceof Effect.LetIn) {
            letIn = true;
            List.copyOf(streams.values()).forEach(Stream::advance);
        } else if (effect instanceof Effect.Refuse) {
            refusing = true;
            for (Stream stream : List.copyOf(streams.values())) {
                if (stream.id != 0) {
                    stream.step(new Input.Drain());
                }
            }
        } else if (effect instanceof Effect.TellPong pong) {
            relay.toDispatcher(new Message.Ponged(this, pong.opaque()));
        } else if (effect instanceof Effect.CloseConnection close) {
            network.close(close.code(), close.sentence());
        }
    }

    /** One stream, which reads no more than its session wants. */
    private final class Stream {
        final long id;
        private final Deque<Input> unread = new ArrayDeque<>();
        private final Deque<Input> inputs = new ArrayDeque<>();
        private @Nullable StreamSession session;
        private StreamKind kind = StreamKind.CONTROL;
        private int untaken;
        private long takenMillis;
        private boolean reading = true;
        private boolean ended;
        private boolean gone;
        private boolean stepping;

        Stream(long id) {
            this.id = id;
            if (id == 0) {
                session = control;
            }
        }

        void arrived(Input input) {
            unread.add(input);
            advance();
        }

        void advance() {
            while (!unread.isEmpty() && reads()) {
                Input next = unread.remove();
                if (session == null && next instanceof Input.Frames frames) {
                    serve(frames.frames().get(0));
                } else if (session == null) {
                    end();
                }
                step(next);
            }
        }

        private boolean reads() {
            return reading
                    && !gone
                    && !stepping
                    && (id == 0 || letIn)
                    && (session == null || session.reads());
        }

        private void serve(Frame first) {
            kind = first.type().stream();
            if (refusing) {
                fail(ErrorCode.DRAINING, ErrorCode.DRAINING.sentence());
            } else if (kind == StreamKind.FETCH) {
                session = new FetchSession();
            } else {
                session = new SendSession(settings.limits(), control);
            }
        }

        /** An effect may make further inputs: they come after. */
        void step(Input next) {
            inputs.add(next);
            if (stepping) {
                return;
            }
            stepping = true;
            for (Input one = inputs.poll(); one != null; one = inputs.poll()) {
                if (session != null) {
                    session.step(one, relay.millis()).forEach(this::carryOut);
                }
            }
            stepping = false;
            advance();
        }

        void gone(StreamEnd how) {
            if (!gone) {
                gone = true;
                unread.clear();
                step(new Input.Gone(how));
                ended = true;
            }
        }

        void write(Frame frame) {
            if (!ended && !gone) {
                network.write(id, frame);
            }
        }

        void deliver(Message.WriteFrames write) {
            if (!ended && !gone) {
                takenMillis = untaken++ == 0 ? relay.millis() : takenMillis;
                network.deliver(id, write.frames());
            }
        }

        void taken() {
            if (!gone) {
                untaken--;
                takenMillis = relay.millis();
                relay.toDispatcher(new Message.StreamTaken(key(), 1));
            }
        }

        void tick() {
            long patience = FrameStream.SLOW_TIMEOUTS * settings.requestTimeoutMillis();
            if (untaken > 0 && !gone && relay.millis() - takenMillis >= patience) {
                gone(StreamEnd.RESET);
                network.reset(id);
            }
        }

        private void fail(ErrorCode code, String sentence) {
            network.failing(kind, code, sentence);
            write(new Frame.StreamError(code.number(), sentence));
            end();
        }

        private void end() {
            session = null;
            reading = false;
            unread.clear();
            if (!ended && !gone) {
                ended = true;
                network.end(id);
            }
        }

        private void carryOut(Effect effect) {
            if (effect instanceof Effect.Write write) {
                write(write.frame());
            } else if (effect instanceof Effect.Fail fail) {
                fail(fail.code(), fail.sentence());
            } else if (effect instanceof Effect.Finish) {
                end();
            } else if (effect instanceof Effect.StopReading) {
                reading = false;
                unread.clear();
            } else if (effect instanceof Effect.OpenOutbox open) {
                relay.toWriter(
                        new Message.OpenOutbox(
                                SimulatedConnection.this, id, open.outbox(), address));
            } else if (effect instanceof Effect.HandSends hand) {
                relay.toWriter(
                        new Message.Sends(
                                SimulatedConnection.this,
                                id,
                                hand.entries(),
                                share.reserve(256, () -> {})));
            } else if (effect instanceof Effect.CloseOutbox) {
                relay.toWriter(new Message.CloseOutbox(SimulatedConnection.this, id));
            } else {
                carryOutFetch(effect);
            }
        }

        private void carryOutFetch(Effect effect) {
            if (effect instanceof Effect.OpenFetch open) {
                relay.open(
                                new Message.StreamOpened(
                                        key(),
                                        open.subscribe(),
                                        share,
                                        Optional.empty(),
                                        Access.everything()))
                        .ifPresent(code -> fail(code, code.sentence()));
            } else if (effect instanceof Effect.HandFetch hand) {
                relay.toDispatcher(
                        new Message.StreamFrames(
                                key(), hand.frames(), share.reserve(256, () -> {})));
            } else if (effect instanceof Effect.BreakFetch broken) {
                relay.toDispatcher(
                        new Message.StreamBroken(key(), broken.code(), broken.sentence()));
            } else if (effect instanceof Effect.EndFetch end) {
                relay.toDispatcher(new Message.StreamEnded(key(), end.how()));
            } else {
                SimulatedConnection.this.carryOut(effect);
            }
        }

        private Message.FetchKey key() {
            return new Message.FetchKey(SimulatedConnection.this, id);
        }
    }
}
