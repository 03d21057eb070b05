package io.qight.simulation;

import io.qight.client.v1.Control;
import io.qight.client.v1.Outbox;
import io.qight.testkit.promises.History;
import io.qight.wire.ErrorCode;
import io.qight.wire.ProtocolException;
import io.qight.wire.v1.ConnectionLimits;
import io.qight.wire.v1.Frame;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/** One connection of a client: its streams, each with its rules, as {@code Link} has them. */
final class SimulatedLink implements Wire.Client, Control.Events {
    private static final long WELCOME_MILLIS = 10_000;
    private static final long NONE = -1;

    private final World world;
    private final SimulatedClient client;
    private final History history;
    private final Outbox outbox;
    private final Wire wire;
    private final Control control;
    private final Map<Long, SimulatedReceiver> fetchStreams = new TreeMap<>();

    /** Streams whose end is written. */
    private final Set<Long> finished = new HashSet<>();

    private boolean handshakeDone;
    private boolean connected;
    private boolean over;
    private long sendStream = NONE;
    private long nextStream = 4;

    /** A connection that begins, with early data or when its handshake is done. */
    SimulatedLink(World world, SimulatedClient client, boolean early) {
        this.world = world;
        this.client = client;
        this.history = world.history();
        this.outbox = client.outbox();
        this.wire = new Wire(world, this, world.limits(), early);
        world.opened(wire);
        Setting setting = world.setting();
        this.control =
                new Control(
                        new Frame.Hello(
                                client.name(), 0, ByteBuffer.allocate(0), ByteBuffer.allocate(0)),
                        Optional.empty(),
                        WELCOME_MILLIS,
                        setting.pingMillis(),
                        setting.pongMillis(),
                        this,
                        world.now());
        this.handshakeDone = !early;
        if (early) {
            world.after(2L * world.latency(), this::handshakeDone);
        }
    }

    Wire wire() {
        return wire;
    }

    /** Whether the relay has said WELCOME. */
    boolean connected() {
        return connected;
    }

    long dueMillis() {
        return control.dueMillis();
    }

    private void handshakeDone() {
        if (!over) {
            handshakeDone = true;
            wire.handshakeDone();
            client.turn();
        }
    }

    void openStreams(long wallMillis) {
        if (outbox.wantsStream(world.now())) {
            sendStream = nextStream;
            nextStream += 4;
            Frame first = outbox.open(world.now(), wallMillis, !handshakeDone);
            wire.send(sendStream, List.of(first));
        }
        if (!handshakeDone) {
            return;
        }
        for (SimulatedReceiver receiver : client.receivers()) {
            if (receiver.rules().wantsStream(world.now())) {
                fetchStreams.put(nextStream, receiver);
                Frame first = receiver.rules().open(world.now(), wallMillis);
                wire.send(nextStream, List.of(first));
                nextStream += 4;
            }
        }
    }

    /** Writes all that there is. */
    void pump() {
        control.tick(world.now());
        pump(0, now -> control.poll());
        if (sendStream != NONE) {
            pump(sendStream, outbox::poll);
        }
        for (Map.Entry<Long, SimulatedReceiver> one : List.copyOf(fetchStreams.entrySet())) {
            long stream = one.getKey();
            SimulatedReceiver receiver = one.getValue();
            if (!finished.contains(stream)) {
                pump(stream, receiver.rules()::poll);
                if (!over && receiver.rules().wantsEnd()) {
                    finished.add(stream);
                    wire.finish(stream);
                }
            }
        }
    }

    private void pump(long stream, LongFunction<@Nullable Frame> rules) {
        List<Frame> together = new ArrayList<>();
        int most = 1 + world.random(20);
        Frame frame = over ? null : rules.apply(world.now());
        while (frame != null) {
            together.add(frame);
            frame = rules.apply(world.now());
            if (frame == null || together.size() == most) {
                wire.send(stream, List.copyOf(together));
                together.clear();
            }
        }
    }

    /** One stream is lost, and the connection is not. */
    void loseStream() {
        if (sendStream != NONE && world.chance(2)) {
            wire.abandon(sendStream);
            loseSendStream();
        } else if (!fetchStreams.isEmpty()) {
            long stream = fetchStreams.keySet().iterator().next();
            wire.abandon(stream);
            lose(stream);
        }
    }

    /** The client gives the connection up. */
    void close() {
        over = true;
        wire.close();
    }

    /** It is gone for the client, without a word to the relay. */
    void forget() {
        over = true;
    }

    private void loseSendStream() {
        sendStream = NONE;
        history.connectionLost(client.name());
        outbox.lost();
    }

    private void lose(long stream) {
        SimulatedReceiver receiver = fetchStreams.remove(stream);
        if (receiver != null) {
            history.connectionLost(receiver.name());
            receiver.rules().lost();
        }
    }

    @Override
    public void arrived(long stream, Frame frame) {
        if (over) {
            return;
        }
        try {
            control.heard(world.now());
            if (stream == 0) {
                control.receive(frame, world.now());
            } else if (stream == sendStream) {
                receiveSend(frame);
            } else {
                receiveFetch(stream, frame);
            }
        } catch (ProtocolException e) {
            throw new AssertionError("the relay breaks the rules: " + e.sentence(), e);
        }
        client.turn();
    }

    private void receiveSend(Frame frame) {
        if (frame instanceof Frame.StreamError error) {
            sendStream = NONE;
            history.connectionLost(client.name());
            Rule.PAGE.holds(
                    error.code() != ErrorCode.TAKEN_OVER.number() || wire.overtaken(),
                    "%s is taken over, and nobody else knows it",
                    client.name());
            Rule.PAGE.holds(
                    error.code() != ErrorCode.OUTCOME_UNKNOWN.number()
                            || world.setting().clockSteps()
                            || world.now() >= 300_000,
                    "%s is forgotten within 5 minutes",
                    client.name());
        }
        outbox.receive(frame, world.now());
    }

    private void receiveFetch(long stream, Frame frame) {
        SimulatedReceiver receiver = fetchStreams.get(stream);
        if (receiver == null) {
            return;
        }
        if (frame instanceof Frame.StreamError error) {
            fetchStreams.remove(stream);
            history.connectionLost(receiver.name());
            Rule.PAGE.holds(
                    error.code() != ErrorCode.TAKEN_OVER.number(),
                    "%s is taken over, and nobody else knows it",
                    receiver.name());
        }
        receiver.rules().receive(frame, world.now());
    }

    @Override
    public void ended(long stream) {
        SimulatedReceiver receiver = fetchStreams.get(stream);
        if (over || receiver == null) {
            Rule.PAGE.holds(
                    over || stream != sendStream, "the relay ended a SEND stream by itself");
            return;
        }
        if (finished.contains(stream) && !receiver.rules().wantsEnd()) {
            // There was more to say by then.
            lose(stream);
        } else {
            fetchStreams.remove(stream);
            try {
                receiver.rules().receiveEnd();
            } catch (ProtocolException e) {
                throw new AssertionError("the relay breaks the rules: " + e.sentence(), e);
            }
        }
        client.turn();
    }

    @Override
    public void reset(long stream) {
        if (!over) {
            if (stream == sendStream) {
                loseSendStream();
            }
            lose(stream);
            client.turn();
        }
    }

    @Override
    public void closed() {
        if (!over) {
            over = true;
            client.lost();
            client.turn();
        }
    }

    @Override
    public void welcome(Frame.Welcome welcome) {
        connected = true;
        client.welcome();
        limits(welcome.limits());
    }

    @Override
    public void limits(ConnectionLimits limits) {
        outbox.limits(limits);
        client.receivers().forEach(receiver -> receiver.rules().limits(limits));
    }

    @Override
    public void proved() {
        throw new IllegalStateException("no simulated client has an identity");
    }

    @Override
    public void kept(Frame.Kept kept) {
        throw new IllegalStateException("no simulated client owns a mailbox");
    }

    @Override
    public void goAway(Frame.GoAway goAway) {
        client.drain(goAway.afterMillis());
    }

    @Override
    public void failed(ErrorCode code, String sentence) {
        if (!over) {
            close();
            client.lost();
        }
    }
}
