package io.qight.simulation;

import io.qight.relay.v1.SimulatedConnection;
import io.qight.wire.ErrorCode;
import io.qight.wire.v1.ConnectionLimits;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.StreamKind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A connection as the network has it: each stream keeps its order in each direction, and nothing
 * else is in order. Once it is cut nothing passes, and each end learns of that at a time of its
 * own.
 */
final class Wire implements SimulatedConnection.Network {
    /** How late a replay is at most: its envelopes live so much longer, if they are the first. */
    static final int REPLAY_MILLIS = 1_000;

    /** The client's end. */
    interface Client {
        void arrived(long stream, Frame frame);

        void ended(long stream);

        void reset(long stream);

        /** The connection is gone, by the relay's word or its silence. */
        void closed();
    }

    private record Flight(long stream, List<Frame> frames, long sentMillis) {}

    private final World world;
    private final Client client;
    private final ConnectionLimits limits;
    private final Map<Long, Long> toRelayMillis = new HashMap<>();
    private final Map<Long, Long> toClientMillis = new HashMap<>();
    private final Set<Long> closed = new HashSet<>();
    private final List<Flight> early = new ArrayList<>();
    private final SimulatedConnection relayEnd;
    private boolean keepsEarly;
    private boolean saidHello;
    private boolean opened;
    private boolean overtaken;
    private boolean cut;
    private long stalledUntilMillis;

    Wire(World world, Client client, ConnectionLimits limits, boolean keepsEarly) {
        this.world = world;
        this.client = client;
        this.limits = limits;
        this.keepsEarly = keepsEarly;
        this.relayEnd = new SimulatedConnection(world.relay(), this, limits);
    }

    /** Whether somebody has replayed what was sent as early data, and was faster. */
    boolean overtaken() {
        return overtaken;
    }

    boolean over() {
        return cut;
    }

    SimulatedConnection relayEnd() {
        return relayEnd;
    }

    // From the client.

    void send(long stream, List<Frame> frames) {
        Flight flight = new Flight(stream, frames, world.now());
        if (keepsEarly) {
            early.add(flight);
        }
        toRelay(stream, () -> arrive(relayEnd, flight));
    }

    void finish(long stream) {
        toRelay(stream, () -> relayEnd.finished(stream));
    }

    /** The client gives a stream up, which may overtake what it wrote before. */
    void abandon(long stream) {
        closed.add(stream);
        after(world.latency(), () -> relayEnd.reset(stream));
    }

    /** The client closes the connection: the relay hears of it, if it hears anything. */
    void close() {
        if (!cut) {
            long inMillis = world.latency();
            cut();
            world.after(inMillis, () -> relayEnd.lost());
        }
    }

    /** From now on somebody may replay what was sent. */
    void handshakeDone() {
        keepsEarly = false;
        if (!early.isEmpty() && world.chance(2)) {
            replay();
        }
    }

    private void replay() {
        SimulatedConnection again = new SimulatedConnection(world.relay(), new Nobody(), limits);
        long inMillis = 0;
        for (Flight flight : early) {
            inMillis = Math.min(inMillis + world.random(300), REPLAY_MILLIS);
            world.after(inMillis, () -> arrive(again, flight));
        }
        world.after(inMillis + world.random(5_000), again::lost);
    }

    // From the network.

    /** Nothing passes any more; nobody knows yet. */
    void cut() {
        cut = true;
    }

    /** The client takes nothing for a while. */
    void stall(long millis) {
        stalledUntilMillis = world.now() + millis;
    }

    // From the relay.

    @Override
    public void write(long stream, Frame frame) {
        world.watch().writing(frame);
        toClient(stream, () -> client.arrived(stream, frame));
    }

    @Override
    public void deliver(long stream, List<Frame> deliveries) {
        deliveries.forEach(frame -> world.watch().handingOut((Frame.Deliver) frame));
        boolean buffered = world.now() >= stalledUntilMillis && world.chance(2);
        if (buffered) {
            after(world.random(3), () -> relayEnd.taken(stream));
        }
        toClient(
                stream,
                () -> {
                    if (!buffered) {
                        relayEnd.taken(stream);
                    }
                    deliveries.forEach(frame -> client.arrived(stream, frame));
                });
    }

    @Override
    public void end(long stream) {
        toClient(stream, () -> client.ended(stream));
    }

    @Override
    public void reset(long stream) {
        toClient(stream, () -> client.reset(stream));
    }

    @Override
    public void close(int code, String sentence) {
        long inMillis = world.latency();
        world.after(0, () -> relayEnd.lost());
        if (!cut) {
            world.after(
                    inMillis,
                    () -> {
                        cut();
                        client.closed();
                    });
        }
    }

    @Override
    public void failing(StreamKind kind, ErrorCode code, String sentence) {
        world.watch().failing(kind, code, sentence);
    }

    private void toRelay(long stream, Runnable arrival) {
        long atMillis =
                Math.max(world.now() + world.latency(), toRelayMillis.getOrDefault(stream, 0L));
        toRelayMillis.put(stream, atMillis);
        after(atMillis - world.now(), arrival);
    }

    private void toClient(long stream, Runnable arrival) {
        long atMillis =
                Math.max(
                        Math.max(world.now(), stalledUntilMillis) + world.latency(),
                        toClientMillis.getOrDefault(stream, 0L));
        toClientMillis.put(stream, atMillis);
        after(
                atMillis - world.now(),
                () -> {
                    if (!closed.contains(stream)) {
                        arrival.run();
                    }
                });
    }

    private void after(long millis, Runnable arrival) {
        world.after(
                millis,
                () -> {
                    if (!cut) {
                        arrival.run();
                    }
                });
    }

    private void arrive(SimulatedConnection relay, Flight flight) {
        for (Frame frame : flight.frames) {
            world.watch().arriving(frame, flight.sentMillis);
            saidHello |= frame instanceof Frame.Hello && relay == relayEnd;
            opened |= frame instanceof Frame.Outbox && relay == relayEnd;
            overtaken |= frame instanceof Frame.Outbox && !(saidHello && opened);
        }
        relay.arrived(flight.stream, flight.frames.stream().map(Wire::copy).toList());
    }

    /** Who reads a frame moves on in its buffer. */
    private static Frame copy(Frame frame) {
        return frame instanceof Frame.Send send
                ? new Frame.Send(send.number(), send.ageMillis(), send.envelope().duplicate())
                : frame;
    }

    /** Who replays sees nothing of the answers. */
    private final class Nobody implements SimulatedConnection.Network {
        @Override
        public void write(long stream, Frame frame) {
            world.watch().writing(frame);
        }

        @Override
        public void deliver(long stream, List<Frame> deliveries) {}

        @Override
        public void end(long stream) {}

        @Override
        public void reset(long stream) {}

        @Override
        public void close(int code, String sentence) {}

        @Override
        public void failing(StreamKind kind, ErrorCode code, String sentence) {}
    }
}
