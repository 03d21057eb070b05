package io.qight.client.v1;

import io.qight.client.RelayException;
import io.qight.identity.ProofStatement;
import io.qight.transport.Connection;
import io.qight.transport.ConnectionEnd;
import io.qight.wire.ErrorCode;
import io.qight.wire.Limits;
import io.qight.wire.v1.ConnectionLimits;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.StreamKind;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One connection that speaks version 1, and its streams. On its event loop. */
final class Link implements Control.Events {
    /** What a connection tells the client that it belongs to. */
    interface Owner {
        /**
         * The relay has let the client in.
         *
         * @param proof what is signed on this connection
         */
        void welcome(Frame.Welcome welcome, Supplier<ProofStatement> proof);

        /** The client's identity is proved. */
        void proved();

        /** The next frame of the control stream beside the connection's own; null if none. */
        @Nullable Frame nextRequest();

        /** The relay has answered what an owner asked. */
        void kept(Frame.Kept kept);

        /** The limits are others now; null until WELCOME. */
        void limits(ConnectionLimits limits);

        /** The relay will close the connection. */
        void goAway(Frame.GoAway goAway);

        /** The connection is of no use any more; told once. */
        void over(RelayException why);

        /** Something has come or gone: there may be something to do. */
        void turn();

        /** The time, by a clock that does not step. */
        long now();
    }

    private final Connection connection;
    private final Owner owner;
    private final String clientId;
    private final Control control;
    private final FrameStream controlStream;
    private final Map<StreamRules, FrameStream> streams = new LinkedHashMap<>();
    private @Nullable ConnectionLimits limits;
    private boolean over;

    Link(Connection connection, SessionSettings settings, Owner owner) {
        this.connection = connection;
        this.owner = owner;
        this.clientId = settings.clientId();
        this.control =
                new Control(
                        settings.hello(),
                        settings.identity()
                                .map(identity ->
                                        new Prover(
                                                identity,
                                                connection::peerKeyHash,
                                                connection.alpn())),
                        settings.welcomeMillis(),
                        settings.pingMillis(),
                        settings.pongMillis(),
                        this,
                        owner.now());
        this.controlStream = new FrameStream(new ControlRules(), this);
        controlStream.open(connection);
        connection
                .handshakeDone()
                .whenComplete((done, failure) -> {
                    if (failure != null) {
                        connection.close(ErrorCode.CONNECT_FAILED.number(), "");
                        end(Failures.notConnected(failure));
                    }
                    owner.turn();
                });
    }

    /** Whether what is written travels as early data, which may be HELLO and SENDs alone. */
    boolean early() {
        return !connection.handshakeDone().isDone();
    }

    /** Opens a stream for these rules, one at a time for each. */
    void open(StreamRules rules) {
        FrameStream stream = new FrameStream(rules, this);
        streams.put(rules, stream);
        stream.open(connection);
    }

    /** Forgets a stream that its rules have ended. */
    void forget(StreamRules rules) {
        streams.remove(rules);
    }

    /** Writes what there is on all streams. */
    void pump() {
        control.tick(now());
        if (!over) {
            controlStream.pump();
            for (FrameStream stream : streams.values().toArray(FrameStream[]::new)) {
                stream.pump();
            }
        }
    }

    long dueMillis() {
        return control.dueMillis();
    }

    /** Closes the connection; its owner knows. */
    void close(ErrorCode code, String reason) {
        over = true;
        connection.close(code.number(), reason);
    }

    /** Closes the connection, with nothing left to do on it. */
    void closeInOrder() {
        over = true;
        connection.close(0, "");
    }

    /** The connection is gone. */
    void gone(ConnectionEnd end) {
        end(Failures.ended(end));
    }

    long envelopeBytesMax() {
        return limits == null ? Limits.ENVELOPE_BYTES_MAX : limits.envelopeBytesMax();
    }

    long now() {
        return owner.now();
    }

    void turn() {
        owner.turn();
    }

    void heard() {
        control.heard(now());
    }

    void badAnswer(String sentence) {
        failed(ErrorCode.BAD_ANSWER, sentence);
    }

    /** A defect of ours, or a fault that the transport does not know. */
    void failed(Throwable cause) {
        failed(ErrorCode.CONNECTION_LOST, "the connection failed: " + cause);
    }

    @Override
    public void welcome(Frame.Welcome welcome) {
        limits = welcome.limits();
        owner.limits(welcome.limits());
        owner.welcome(
                welcome,
                () ->
                        new ProofStatement(
                                welcome.nonce(),
                                connection.peerKeyHash(),
                                welcome.serviceName(),
                                connection.alpn(),
                                clientId));
    }

    @Override
    public void proved() {
        owner.proved();
    }

    @Override
    public void kept(Frame.Kept kept) {
        owner.kept(kept);
    }

    @Override
    public void limits(ConnectionLimits now) {
        limits = now;
        owner.limits(now);
    }

    @Override
    public void goAway(Frame.GoAway goAway) {
        owner.goAway(goAway);
    }

    @Override
    public void failed(ErrorCode code, String sentence) {
        if (!over) {
            connection.close(code.number(), sentence);
            end(Failures.of(code, sentence));
        }
    }

    private void end(RelayException why) {
        if (!over) {
            over = true;
            streams.values().forEach(FrameStream::abandon);
            streams.clear();
            owner.over(why);
        }
    }

    private final class ControlRules implements StreamRules {
        @Override
        public StreamKind kind() {
            return StreamKind.CONTROL;
        }

        @Override
        public @Nullable Frame poll(long now) {
            Frame frame = control.poll();
            return frame != null || limits == null ? frame : owner.nextRequest();
        }

        @Override
        public boolean wantsEnd() {
            return false;
        }

        @Override
        public void receive(Frame frame, long now) {
            control.receive(frame, now);
        }

        @Override
        public void inputEnded() {
            lost();
        }

        @Override
        public void lost() {
            // An ERROR before it, or the code of the close behind it, says more.
        }
    }
}
