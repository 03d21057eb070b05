package io.qight.client.v0;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.qight.client.ClientConfig;
import io.qight.client.RelayException;
import io.qight.client.v1.Failures;
import io.qight.transport.Connection;
import io.qight.transport.ConnectionEnd;
import io.qight.transport.ConnectionListener;
import io.qight.transport.StreamOutput;
import io.qight.wire.ErrorCode;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One connection that speaks version 0: each request on a stream of its own, begun in the order of
 * {@link RequestQueue}. Thread-safe; what happens, happens on the connection's event loop.
 *
 * <p>A FETCH that ends without its whole answer ends the connection, and not in the orderly way: so
 * the relay gives back what the answer carried, where the next request would have removed it.
 */
public final class RelayConnection {
    /** The protocol's name in the handshake. */
    public static final String ALPN = "qight";

    /** All is well: the relay removes what its last answer to FETCH carried. */
    static final long ORDERLY = 0;

    /** Closes a connection, or resets a stream, whose answer will not be read. */
    static final long GIVEN_UP = 1;

    private static final int REASON_CHARS_MAX = 200;

    private final Connection connection;
    private final long requestTimeoutNanos;
    private final WaitingRoom waitingRoom;
    private final CompletableFuture<Void> closed = new CompletableFuture<>();
    private final RequestQueue queue = new RequestQueue();

    /** Why nothing begins here any more; written on the event loop alone. */
    private volatile @Nullable Failure over;

    private RelayConnection(Connection connection, ClientConfig config) {
        this.connection = connection;
        this.requestTimeoutNanos = config.requestTimeout().toNanos();
        this.waitingRoom = new WaitingRoom(config.waitingRequestsMax(), config.waitingBytesMax());
    }

    /**
     * Connects; fails with a {@link RelayException}. Completed on an event loop; may be cancelled.
     */
    public static CompletableFuture<RelayConnection> open(
            Function<ConnectionListener, CompletableFuture<Connection>> dial, ClientConfig config) {
        Listener listener = new Listener();
        CompletableFuture<Connection> connecting = dial.apply(listener);
        CompletableFuture<RelayConnection> opened = new CompletableFuture<>();
        connecting.whenComplete((connection, failure) -> {
            if (failure != null) {
                opened.completeExceptionally(Failures.notConnected(failure));
                return;
            }
            RelayConnection made = new RelayConnection(connection, config);
            listener.end.thenAccept(made::endLater);
            if (!opened.complete(made)) {
                made.abandon("the client gave up");
            }
        });
        opened.whenComplete((made, failure) -> connecting.cancel(false));
        return opened;
    }

    /** Whether a request made now would be tried. */
    public boolean connected() {
        return over == null;
    }

    /** Completed when the connection is gone, on an event loop. */
    public CompletableFuture<Void> closed() {
        return closed;
    }

    /** Throws what a request made now would fail with, if that is known already. */
    public void requireConnected() {
        Failure failure = over;
        if (failure != null) {
            throw failure.exception();
        }
    }

    /** Lets a request wait for its turn, however many wait already: for a thread that waits too. */
    public void submit(PendingRequest<?> request) {
        try {
            connection.eventLoop().execute(() -> accept(request));
        } catch (RejectedExecutionException e) {
            request.fail(Failure.closed());
        }
    }

    /** Lets a request wait for its turn, or refuses it if too much waits already. */
    public void offer(PendingRequest<?> request) {
        if (request.enter(waitingRoom)) {
            submit(request);
        } else {
            request.fail(
                    Failure.refused(
                            ErrorCode.OVERLOADED,
                            "more requests wait for the relay than the client may hold"));
        }
    }

    /** Gives a request up: its stream is reset, or never opened. */
    public void cancel(PendingRequest<?> request) {
        execute(() -> giveUp(request, Failure.cancelled()));
    }

    /**
     * Closes the connection in the orderly way, unless a FETCH is open. All that is open or waits
     * fails.
     */
    public void close(String reason) {
        execute(() -> stop(Failure.closed(), queue.fetching() ? GIVEN_UP : ORDERLY, reason));
    }

    /** Closes the connection so that the relay gives back what it has out on it. */
    public void abandon(String reason) {
        execute(() -> stop(Failure.closed(), GIVEN_UP, reason));
    }

    /**
     * Runs a task on the event loop, unless that has ended and with it all that there was to do.
     */
    void execute(Runnable task) {
        try {
            connection.eventLoop().execute(task);
        } catch (RejectedExecutionException e) {
            closed.complete(null);
        }
    }

    /** The answer is whole. */
    <T> void answered(PendingRequest<T> request, T result) {
        forget(request);
        request.succeed(result);
        beginWaiting();
    }

    /** There will be no answer, or it is a refusal; its stream is dealt with. */
    void failed(PendingRequest<?> request, Failure failure) {
        if (request.done()) {
            return;
        }
        forget(request);
        // First, so that who hears of the failure finds the client without a connection.
        if (request.leavesAnswerUnread(failure)) {
            stop(
                    Failure.lost(
                            "the connection was given up with a FETCH whose answer did not come"
                                    + " whole"),
                    GIVEN_UP,
                    "the answer to a FETCH was given up");
        }
        request.fail(failure);
        beginWaiting();
    }

    private void accept(PendingRequest<?> request) {
        Failure failure = over;
        if (failure != null) {
            request.leave();
            request.fail(failure);
            return;
        }
        queue.add(request);
        request.timer(checkLater(request, requestTimeoutNanos));
        beginWaiting();
    }

    private void beginWaiting() {
        if (over != null) {
            return;
        }
        for (PendingRequest<?> next = queue.next(); next != null; next = queue.next()) {
            next.leave();
            begin(next);
        }
    }

    private <T> void begin(PendingRequest<T> request) {
        RequestStream<T> stream = request.newStream(this);
        stream.open(connection.openStream(stream));
    }

    private Future<?> checkLater(PendingRequest<?> request, long nanos) {
        return connection
                .eventLoop()
                .schedule(() -> checkTime(request), nanos, TimeUnit.NANOSECONDS);
    }

    private void checkTime(PendingRequest<?> request) {
        RequestStream<?> stream = request.stream();
        long left = 0;
        if (request.fetches() && stream != null) {
            left = requestTimeoutNanos - (System.nanoTime() - stream.progressNanos());
        }
        if (left > 0) {
            request.timer(checkLater(request, left));
        } else {
            giveUp(request, Failure.timedOut("the relay did not answer in time"));
        }
    }

    private void giveUp(PendingRequest<?> request, Failure failure) {
        if (request.done()) {
            return;
        }
        RequestStream<?> stream = request.stream();
        if (stream != null) {
            stream.giveUp();
        }
        failed(request, failure);
    }

    private void forget(PendingRequest<?> request) {
        queue.remove(request);
        request.cancelTimer();
        request.leave();
    }

    private void endLater(ConnectionEnd end) {
        try {
            // Behind what was submitted before the end.
            connection.eventLoop().execute(() -> end(end));
        } catch (RejectedExecutionException e) {
            // The event loop itself is ending, and this is its last task.
            end(end);
        }
    }

    private void end(ConnectionEnd end) {
        stop(ending(end), GIVEN_UP, "");
        closed.complete(null);
    }

    private void stop(Failure failure, long code, String reason) {
        if (over != null) {
            return;
        }
        over = failure;
        // The code first: the relay is to hear it before a reset of a stream.
        connection.close(code, reason.substring(0, Math.min(reason.length(), REASON_CHARS_MAX)));
        for (PendingRequest<?> request : queue.all()) {
            giveUp(request, failure);
        }
    }

    private static Failure ending(ConnectionEnd end) {
        if (end instanceof ConnectionEnd.Orderly orderly) {
            return Failure.lost(
                    orderly.reason().isEmpty()
                            ? "the relay closed the connection"
                            : "the relay closed the connection: " + orderly.reason());
        }
        if (end instanceof ConnectionEnd.CertificateRefused refused) {
            return Failure.refused(ErrorCode.NOT_ALLOWED, refused.why());
        }
        if (end instanceof ConnectionEnd.Lost lost) {
            return Failure.lost("the connection to the relay was lost: " + lost.why());
        }
        return Failure.closed();
    }

    /** Keeps the end until there is someone to tell; a relay of version 0 opens no streams. */
    private static final class Listener implements ConnectionListener {
        private final CompletableFuture<ConnectionEnd> end = new CompletableFuture<>();

        @Override
        public ChannelHandler onStream(QuicStreamChannel stream) {
            StreamOutput.of(stream).abort(GIVEN_UP);
            return new ChannelInboundHandlerAdapter();
        }

        @Override
        public void onClosed(ConnectionEnd connectionEnd) {
            end.complete(connectionEnd);
        }
    }
}
