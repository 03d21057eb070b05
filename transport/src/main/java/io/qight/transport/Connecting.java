package io.qight.transport;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * One call of connect: tries the addresses of a host in turn, within the timeout. Its state belongs
 * to its event loop, which will be the connection's.
 */
final class Connecting {
    private static final ConnectionListener NOBODY =
            new ConnectionListener() {
                @Override
                public ChannelHandler onStream(QuicStreamChannel stream) {
                    return new ChannelInboundHandlerAdapter();
                }

                @Override
                public void onClosed(ConnectionEnd end) {}
            };

    private final ConnectTarget target;
    private final ConnectionListener listener;
    private final ConnectAttempt.Factory attempts;
    private final EventLoop loop;
    private final long deadlineNanos;
    private final CompletableFuture<Connection> result = new CompletableFuture<>();
    private final ArrayDeque<InetAddress> addresses = new ArrayDeque<>();
    private @Nullable ScheduledFuture<?> timeout;
    private @Nullable ConnectAttempt attempt;
    private @Nullable TransportException lastFailure;

    Connecting(
            ConnectTarget target,
            ConnectionListener listener,
            ConnectAttempt.Factory attempts,
            EventLoop loop) {
        this.target = target;
        this.listener = listener;
        this.attempts = attempts;
        this.loop = loop;
        this.deadlineNanos = System.nanoTime() + target.timeout().toNanos();
        result.whenComplete((connection, failure) -> onLoop(this::done));
        onLoop(this::beginTimeout);
    }

    CompletableFuture<Connection> result() {
        return result;
    }

    /** The host's addresses are known. */
    void begin(InetAddress... found) {
        onLoop(() -> {
            addresses.addAll(List.of(found));
            next();
        });
    }

    void fail(TransportException failure) {
        result.completeExceptionally(failure);
    }

    private void onLoop(Runnable task) {
        try {
            loop.execute(task);
        } catch (RejectedExecutionException e) {
            fail(new TransportException.EndpointClosed("the client is closed"));
        }
    }

    private void beginTimeout() {
        timeout = loop.schedule(() -> fail(timedOut()), target.timeout().toNanos(), NANOSECONDS);
        if (result.isDone()) {
            timeout.cancel(false);
        }
    }

    private void next() {
        if (result.isDone()) {
            return;
        }
        InetAddress address = addresses.poll();
        if (address == null) {
            fail(lastFailure != null ? lastFailure : timedOut());
            return;
        }
        // What falls silent must leave time for the others.
        long left = deadlineNanos - System.nanoTime();
        long timeoutNanos = Math.max(1_000_000, left / (addresses.size() + 1));
        attempt =
                attempts.begin(
                        loop,
                        target,
                        new InetSocketAddress(address, target.port()),
                        timeoutNanos,
                        this::connected,
                        this::attemptFailed);
    }

    private ConnectionListener connected(Connection connection) {
        if (result.complete(connection)) {
            return listener;
        }
        connection.close(0, "not waited for any more");
        return NOBODY;
    }

    private void attemptFailed(TransportException failure) {
        attempt = null;
        lastFailure = failure;
        boolean answered =
                failure instanceof TransportException.Untrusted
                        || failure instanceof TransportException.NoCommonProtocol;
        if (answered) {
            fail(failure);
        } else {
            next();
        }
    }

    private void done() {
        if (timeout != null) {
            timeout.cancel(false);
        }
        if (attempt != null && result.isCompletedExceptionally()) {
            attempt.abandon();
        }
    }

    private TransportException timedOut() {
        return new TransportException.ConnectTimedOut(target);
    }
}
