package io.qight.relay.v0;

import io.netty.channel.ChannelHandler;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.util.concurrent.Future;
import io.qight.relay.access.Admission;
import io.qight.relay.access.Peer;
import io.qight.relay.delivery.EnvelopeFormat;
import io.qight.relay.flow.Caller;
import io.qight.relay.flow.LiveConnection;
import io.qight.relay.flow.Message;
import io.qight.relay.flow.RelayBudget;
import io.qight.relay.flow.SendRate;
import io.qight.store.Operation;
import io.qight.transport.AddressPrefix;
import io.qight.transport.ByteBudget.Reservation;
import io.qight.transport.Connection;
import io.qight.transport.ConnectionEnd;
import io.qight.wire.ErrorCode;
import io.qight.wire.v0.Request;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Carries one connection's inputs to its session and the session's effects out. All on the
 * connection's event loop, but {@link #deliver}, {@link #drain} and {@link #checkAccess}.
 */
final class SeedConnection implements LiveConnection, Caller {
    /** How often the session looks at its time limits while it has streams, in milliseconds. */
    private static final long TICK_MILLIS = 100;

    private final SeedProtocol protocol;
    private final Connection connection;
    private final RelayBudget.Share share;
    private final SendRate rate;
    private final Admission admission;
    private final Session session;
    private final Map<Long, SeedStream> streams = new HashMap<>();
    private final Deque<Input> inputs = new ArrayDeque<>();
    private boolean stepping;
    private @Nullable Future<?> tick;

    SeedConnection(SeedProtocol protocol, Connection connection) {
        this.protocol = protocol;
        this.connection = connection;
        this.share = protocol.budget.newShare(connection.share(), connection.eventLoop());
        this.rate = protocol.rates.ofConnection();
        this.admission =
                protocol.admissions.admit(
                        Peer.ofVersion0(connection.remoteAddress().getAddress()),
                        protocol.clock.millis());
        this.session = new Session(protocol.settings, admission);
    }

    @Override
    public ChannelHandler onStream(QuicStreamChannel channel) {
        SeedStream stream = new SeedStream(this, channel);
        streams.put(stream.id(), stream);
        return stream;
    }

    @Override
    public void onClosed(ConnectionEnd end) {
        input(new Input.Ended(end instanceof ConnectionEnd.Orderly orderly && orderly.code() == 0));
        if (tick != null) {
            tick.cancel(false);
        }
    }

    @Override
    public void drain() {
        connection.eventLoop().execute(() -> input(new Input.Drain()));
    }

    @Override
    public void checkAccess() {
        if (admission instanceof Admission.Granted granted && !granted.access().stands()) {
            connection.close(ErrorCode.NOT_ALLOWED.number(), ErrorCode.NOT_ALLOWED.sentence());
        }
    }

    @Override
    public void deliver(List<Message.ToCaller> answers) {
        try {
            connection.eventLoop().execute(() -> answers.forEach(this::answer));
        } catch (RejectedExecutionException e) {
            // The event loop has ended, and every connection on it.
            answers.forEach(SeedConnection::release);
        }
    }

    /** Has the session take an input. An effect may make further ones: they come after. */
    void input(Input input) {
        inputs.add(input);
        if (stepping) {
            return;
        }
        stepping = true;
        try {
            for (Input next = inputs.poll(); next != null; next = inputs.poll()) {
                if (next instanceof Input.HeadArrived head) {
                    protocol.count(head.request());
                    pay(head.request());
                }
                session.step(next, protocol.clock.millis()).forEach(this::carryOut);
            }
        } finally {
            stepping = false;
        }
        if (tick == null && session.needsTicks()) {
            tick = connection.eventLoop().schedule(this::tick, TICK_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    /** Both directions of a stream are over. */
    void closed(SeedStream stream) {
        input(new Input.Closed(stream.id()));
        streams.remove(stream.id());
    }

    private void tick() {
        tick = null;
        input(new Input.Tick());
    }

    private void answer(Message.ToCaller answer) {
        long id = answer.request();
        if (answer instanceof Message.Committed) {
            input(new Input.Stored(id));
        } else if (answer instanceof Message.NotCommitted not) {
            input(new Input.Refused(id, not.code(), not.sentence()));
        } else if (answer instanceof Message.FetchFailed failed) {
            input(new Input.Refused(id, failed.code(), failed.sentence()));
        } else if (answer instanceof Message.SliceRead read) {
            if (held(id, read.reservation())) {
                input(new Input.SliceRead(id, read.slice()));
            }
        } else if (answer instanceof Message.SliceTooLarge larger) {
            if (held(id, larger.reservation())) {
                input(new Input.SliceTooLarge(id, larger.bytes()));
            }
        }
    }

    private boolean held(long id, Reservation reservation) {
        SeedStream stream = streams.get(id);
        if (stream == null) {
            reservation.release();
            return false;
        }
        stream.hold(reservation);
        return true;
    }

    private static void release(Message.ToCaller answer) {
        if (answer instanceof Message.SliceRead read) {
            read.reservation().release();
        } else if (answer instanceof Message.SliceTooLarge larger) {
            larger.reservation().release();
        }
    }

    private void carryOut(Effect effect) {
        if (effect instanceof Effect.Acknowledge acknowledge) {
            protocol.dispatcher.tell(new Message.Acknowledge(key(acknowledge.stream())));
        } else if (effect instanceof Effect.GiveBack giveBack) {
            protocol.dispatcher.tell(new Message.GiveBack(key(giveBack.stream())));
        } else if (effect instanceof Effect.LeaveOut leaveOut) {
            protocol.dispatcher.tell(
                    new Message.LeaveOut(key(leaveOut.stream()), leaveOut.sequence()));
        } else if (effect instanceof Effect.StartFetch start) {
            protocol.dispatcher
                    .fetch(new Message.StartFetch(key(start.stream()), start.mailbox()))
                    .ifPresent(code -> refused(start.stream(), code));
        } else if (effect instanceof Effect.CloseConnection) {
            connection.close(0, ErrorCode.DRAINING.sentence());
        } else {
            carryOutOnStream(effect);
        }
    }

    private void carryOutOnStream(Effect effect) {
        if (effect instanceof Effect.Reserve reserve) {
            with(reserve.stream(), stream -> reserve(stream, reserve.bytes()));
        } else if (effect instanceof Effect.Release release) {
            with(release.stream(), SeedStream::release);
        } else if (effect instanceof Effect.ReadEnvelope read) {
            with(read.stream(), stream -> stream.readEnvelope(read.bytes()));
        } else if (effect instanceof Effect.Store store) {
            with(store.stream(), stream -> store(stream, store));
        } else if (effect instanceof Effect.ReadSlice read) {
            with(read.stream(), this::readSlice);
        } else if (effect instanceof Effect.Write write) {
            with(write.stream(), stream -> stream.write(write.envelopes(), write.end()));
        } else if (effect instanceof Effect.Finish finish) {
            with(finish.stream(), stream -> finish(stream, finish.line()));
        } else if (effect instanceof Effect.Abort abort) {
            countRefusal(abort.code(), abort.code().sentence());
            with(abort.stream(), stream -> stream.abort(abort.code().number()));
        } else if (effect instanceof Effect.Close close) {
            with(close.stream(), stream -> stream.abort(0));
        } else if (effect instanceof Effect.StopReading stop) {
            with(stop.stream(), SeedStream::stopReading);
        }
    }

    private void with(long id, Consumer<SeedStream> action) {
        SeedStream stream = streams.get(id);
        if (stream != null) {
            action.accept(stream);
        }
    }

    private void reserve(SeedStream stream, long bytes) {
        Reservation reservation = share.reserve(bytes, () -> granted(stream.id()));
        stream.hold(reservation);
        if (reservation.granted()) {
            granted(stream.id());
        }
    }

    private void pay(Request request) {
        if (request instanceof Request.Send && rate.take(1, protocol.clock.millis())) {
            protocol.meters.heldBack();
        }
    }

    /** Streams of a client that sends faster than it may wait on, unread. */
    private void granted(long stream) {
        long waitMillis = rate.waitMillis(protocol.clock.millis());
        if (waitMillis == 0) {
            input(new Input.Granted(stream));
        } else {
            connection
                    .eventLoop()
                    .schedule(
                            () -> input(new Input.Granted(stream)),
                            waitMillis,
                            TimeUnit.MILLISECONDS);
        }
    }

    private void store(SeedStream stream, Effect.Store store) {
        Operation.Append append =
                new Operation.Append(
                        store.mailbox(),
                        EnvelopeFormat.V0,
                        store.acceptedMillis(),
                        store.deadlineMillis(),
                        ByteBuffer.wrap(stream.takeEnvelope()),
                        null);
        Reservation reservation = stream.takeReservation();
        Optional<ErrorCode> refusal =
                protocol.writer.append(
                        new Message.Append(
                                this,
                                stream.id(),
                                append,
                                reservation,
                                Optional.of(
                                        AddressPrefix.of(
                                                connection.remoteAddress().getAddress()))));
        if (refusal.isPresent()) {
            reservation.release();
            refused(stream.id(), refusal.get());
        }
    }

    private void readSlice(SeedStream stream) {
        Reservation reservation = stream.takeReservation();
        if (!protocol.dispatcher.tell(new Message.ReadSlice(key(stream.id()), reservation))) {
            reservation.release();
            refused(stream.id(), ErrorCode.DRAINING);
        }
    }

    private void finish(SeedStream stream, Effect.Line line) {
        if (line instanceof Effect.Line.Welcome) {
            stream.finishWelcome(protocol.relayName);
        } else if (line instanceof Effect.Line.Ok) {
            stream.finishOk();
        } else if (line instanceof Effect.Line.Refusal refusal) {
            countRefusal(refusal.code(), refusal.sentence());
            stream.finishError(refusal.code(), refusal.sentence());
        }
    }

    private void refused(long stream, ErrorCode code) {
        input(new Input.Refused(stream, code, code.sentence()));
    }

    private void countRefusal(ErrorCode code, String sentence) {
        protocol.meters.refused(code, connection.remoteAddress().toString(), sentence);
    }

    private Message.FetchKey key(long stream) {
        return new Message.FetchKey(this, stream);
    }
}
