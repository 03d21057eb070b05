package io.qight.transport;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.NANOSECONDS;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** The threads of an endpoint, and what it has living on them. Thread-safe. */
final class EventLoops {
    /** Each of the three steps of closing takes no longer than this. */
    private static final long CLOSE_STEP_MILLIS = 1_500;

    private static final String GOODBYE = "the endpoint is closing";

    private final EventLoopGroup group;
    private final Supplier<Future<?>> leave;
    private final Set<QuicChannel> connections = ConcurrentHashMap.newKeySet();
    private final Set<Channel> sockets = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean left = new AtomicBoolean();
    private volatile boolean closed;

    private EventLoops(EventLoopGroup group, Supplier<Future<?>> leave) {
        this.group = group;
        this.leave = leave;
    }

    /** So many threads of the endpoint's own. */
    static EventLoops own(Platform platform, int count) {
        EventLoopGroup group = newGroup(platform, count);
        return new EventLoops(group, () -> end(group));
    }

    /** One of the threads of all endpoints that share theirs: the same for all connections. */
    static EventLoops shared(Platform platform) {
        SharedLoops loops = SharedLoops.join(platform);
        return new EventLoops(loops.group().next(), loops::leave);
    }

    static EventLoopGroup newGroup(Platform platform, int count) {
        return new MultiThreadIoEventLoopGroup(
                count, new DefaultThreadFactory("qight-io", true), platform.ioHandlers());
    }

    static Future<?> end(EventLoopGroup group) {
        return group.shutdownGracefully(0, CLOSE_STEP_MILLIS, MILLISECONDS);
    }

    EventLoopGroup group() {
        return group;
    }

    boolean closed() {
        return closed;
    }

    /** Will be closed with the endpoint, unless it closes before. */
    void add(QuicChannel connection) {
        connections.add(connection);
        connection.closeFuture().addListener(future -> connections.remove(connection));
        if (closed) {
            goodbye(connection);
        }
    }

    /** Will be closed with the endpoint, after the connections. */
    void add(Channel socket) {
        sockets.add(socket);
        socket.closeFuture().addListener(future -> sockets.remove(socket));
        if (closed) {
            socket.close();
        }
    }

    /** From now on nothing new stays open. */
    void beginClose() {
        closed = true;
    }

    /**
     * Tells the peers, closes everything and ends the threads that nobody else uses; not from one
     * of them.
     */
    void close() {
        beginClose();
        // First the connections, which say goodbye through the sockets.
        await(connections.stream().map(EventLoops::goodbye));
        await(sockets.stream().map(Channel::close));
        if (left.compareAndSet(false, true)) {
            await(Stream.of(leave.get()));
        }
    }

    private static Future<?> goodbye(QuicChannel connection) {
        return ConnectionHandler.close(connection, 0, Unpooled.copiedBuffer(GOODBYE, US_ASCII));
    }

    /** Waits for all of them together. */
    private static void await(Stream<Future<?>> begun) {
        List<Future<?>> futures = begun.toList();
        long deadline = System.nanoTime() + MILLISECONDS.toNanos(CLOSE_STEP_MILLIS);
        for (Future<?> future : futures) {
            long left = Math.max(0, deadline - System.nanoTime());
            future.awaitUninterruptibly(left, NANOSECONDS);
        }
    }
}
