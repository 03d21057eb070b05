package io.qight.relay.flow;

import io.qight.relay.delivery.Deliveries;
import io.qight.relay.delivery.FetchInput;
import io.qight.relay.delivery.MailboxAllowance;
import io.qight.relay.flow.Message.FetchKey;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The FETCH streams of version 1: carries what their connections tell to the deliveries, and what
 * the deliveries write to the connections. Belongs to the dispatcher.
 */
final class FetchStreams implements FetchStream.Owner {
    private final Deliveries deliveries;
    private final Consumer<Message.ToDispatcher> inbox;
    private final RelayClock clock;
    private final long mailboxesMax;
    private final MailboxAllowance ofAll;
    private final Map<FetchKey, FetchStream> streams = new HashMap<>();
    private final Map<Caller, Neighbours> connections = new HashMap<>();
    private final Map<Long, FetchStream> asked = new HashMap<>();
    private final Set<FetchStream> written = new LinkedHashSet<>();
    private long lastPing;

    FetchStreams(
            Deliveries deliveries,
            Consumer<Message.ToDispatcher> inbox,
            RelayClock clock,
            long mailboxesMax,
            long receptionsMax) {
        this.deliveries = deliveries;
        this.inbox = inbox;
        this.clock = clock;
        this.mailboxesMax = mailboxesMax;
        this.ofAll = new MailboxAllowance(receptionsMax);
    }

    /** The streams of one connection. */
    private static final class Neighbours {
        final MailboxAllowance allowance;
        int streams;

        Neighbours(MailboxAllowance allowance) {
            this.allowance = allowance;
        }
    }

    void opened(Message.StreamOpened opened) {
        Neighbours neighbours =
                connections.computeIfAbsent(
                        opened.key().caller(),
                        any -> new Neighbours(new MailboxAllowance(mailboxesMax, ofAll)));
        neighbours.streams++;
        FetchStream stream = new FetchStream(opened, neighbours.allowance, this);
        streams.put(opened.key(), stream);
        deliveries.open(stream);
        step(stream, new FetchInput.Arrived(opened.subscribe()));
    }

    void frames(Message.StreamFrames frames) {
        FetchStream stream = streams.get(frames.key());
        if (stream != null) {
            frames.frames().forEach(frame -> step(stream, new FetchInput.Arrived(frame)));
            stream.handled();
        }
        frames.reservation().release();
    }

    void taken(Message.StreamTaken taken) {
        FetchStream stream = streams.get(taken.key());
        if (stream != null) {
            step(stream, stream.taken(taken.groups()));
        }
    }

    void broken(Message.StreamBroken broken) {
        FetchStream stream = streams.get(broken.key());
        if (stream != null) {
            step(stream, new FetchInput.Broken(broken.code(), broken.sentence()));
        }
    }

    void ended(Message.StreamEnded ended) {
        FetchStream stream = streams.get(ended.key());
        if (stream != null) {
            if (ended.how() == StreamEnd.FINISHED) {
                step(stream, new FetchInput.Ended());
            } else {
                step(stream, new FetchInput.Lost());
                stream.lost();
            }
        }
    }

    void ponged(Message.Ponged ponged) {
        FetchStream stream = asked.remove(ponged.opaque());
        if (stream != null && stream.key().caller().equals(ponged.caller())) {
            step(stream, new FetchInput.Alive());
        }
    }

    void granted(Message.RoomGranted granted) {
        FetchStream stream = streams.get(granted.key());
        if (stream != null) {
            step(stream, stream.taken(0));
        }
    }

    /** Hands to the connections what was written in this turn. */
    void send() {
        List<FetchStream> all = List.copyOf(written);
        written.clear();
        // One hand-over for each connection, which then writes all of its streams at once.
        Map<Caller, List<Message.ToCaller>> unsent = new LinkedHashMap<>();
        for (FetchStream stream : all) {
            stream.moveUnsent(
                    unsent.computeIfAbsent(stream.key().caller(), any -> new ArrayList<>()));
        }
        unsent.forEach(Caller::deliver);
    }

    @Override
    public void roomGranted(FetchStream stream) {
        inbox.accept(new Message.RoomGranted(stream.key()));
    }

    @Override
    public long ping(FetchStream stream) {
        asked.put(++lastPing, stream);
        return lastPing;
    }

    @Override
    public void written(FetchStream stream) {
        written.add(stream);
    }

    @Override
    public void over(FetchStream stream) {
        if (streams.remove(stream.key(), stream)) {
            asked.values().removeIf(other -> other == stream);
            Caller connection = stream.key().caller();
            Neighbours neighbours = connections.get(connection);
            if (neighbours != null && --neighbours.streams == 0) {
                connections.remove(connection);
            }
        }
    }

    @Override
    public long millis() {
        return clock.millis();
    }

    private void step(FetchStream stream, FetchInput input) {
        deliveries.step(stream, input, clock.millis());
    }
}
