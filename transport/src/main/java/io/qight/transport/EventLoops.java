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
import java.util.stream.Stream;

/** The threads of an endpoint, and all that lives on them. Thread-safe. */
final class EventLoops {
    /** Each of the three steps of closing takes no longer than this. */
    private static final long CLOSE_STEP_MILLIS = 1_500;

    private static final String GOODBYE = "the endpoint is closing";

    private final EventLoopGroup group;
    private final Set<QuicChannel> connections = ConcurrentHashMap.newKeySet();
    private final Set<Channel> sockets = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    EventLoops(Platform platform, int count) {
        group =
                new MultiThreadIoEventLoopGroup(
                        count, new DefaultThreadFactory("qight-io", true), platform.ioHandlers());
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
            connection.close();
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

    /** Tells the peers, closes everything and ends the threads; not from one of them. */
    void close() {
        beginClose();
        // First the connections, which say goodbye through the sockets.
        await(connections.stream().map(EventLoops::goodbye));
        await(sockets.stream().map(Channel::close));
        await(Stream.of(group.shutdownGracefully(0, CLOSE_STEP_MILLIS, MILLISECONDS)));
    }

    private static Future<?> goodbye(QuicChannel connection) {
        return connection.close(true, 0, Unpooled.copiedBuffer(GOODBYE, US_ASCII));
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
