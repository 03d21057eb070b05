package io.qight.transport;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelOption;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.unix.UnixChannelOption;
import io.netty.handler.codec.quic.EpollQuicUtils;
import io.netty.handler.codec.quic.Quic;
import io.netty.handler.codec.quic.SegmentedDatagramPacketAllocator;

/** How datagrams travel on this machine. */
enum Platform {
    /** Linux: several datagrams in one system call, several sockets at one port. */
    EPOLL,
    /** Everywhere else. */
    NIO;

    /** A datagram with its headers must fit into one send, however many segments it is made of. */
    private static final int UDP_BYTES_MAX = 65_507;

    private static final int SEGMENTS_MAX = 32;

    /** Netty reads only one datagram at a time if this is not set together with an allocator. */
    private static final int READS_MAX = 16;

    /**
     * The best of this machine.
     *
     * @throws TransportException.UnsupportedPlatform if QUIC has no native code for it
     */
    static Platform require() {
        Throwable cause = Quic.unavailabilityCause();
        if (cause != null) {
            throw new TransportException.UnsupportedPlatform(
                    "Qight cannot run on "
                            + System.getProperty("os.name")
                            + " on "
                            + System.getProperty("os.arch")
                            + ": its QUIC library does not load ("
                            + root(cause)
                            + "). There is native code for Linux with glibc on x86_64 and aarch64,"
                            + " macOS on x86_64 and aarch64, and Windows on x86_64",
                    cause);
        }
        return Epoll.isAvailable() ? EPOLL : NIO;
    }

    IoHandlerFactory ioHandlers() {
        return switch (this) {
            case EPOLL -> EpollIoHandler.newFactory();
            case NIO -> NioIoHandler.newFactory();
        };
    }

    /** Whether several sockets can listen at one port and the kernel spreads clients over them. */
    boolean sharesPort() {
        return this == EPOLL;
    }

    /** Makes a bootstrap's sockets of this kind. */
    Bootstrap configure(Bootstrap bootstrap, TransportSettings settings, boolean sharedPort) {
        bootstrap
                .option(ChannelOption.SO_RCVBUF, settings.socketBufferBytes())
                .option(ChannelOption.SO_SNDBUF, settings.socketBufferBytes());
        return switch (this) {
            case EPOLL ->
                    bootstrap
                            .channel(EpollDatagramChannel.class)
                            .option(EpollChannelOption.UDP_GRO, true)
                            .option(UnixChannelOption.SO_REUSEPORT, sharedPort)
                            // What the kernel has joined arrives as one buffer.
                            .option(ChannelOption.RECVBUF_ALLOCATOR, reads(65_535));
            case NIO ->
                    bootstrap
                            .channel(NioDatagramChannel.class)
                            .option(
                                    ChannelOption.RECVBUF_ALLOCATOR,
                                    reads(receivedPayloadBytesMax(settings)));
        };
    }

    /** How several packets leave in one system call. */
    SegmentedDatagramPacketAllocator segments(TransportSettings settings) {
        return switch (this) {
            case EPOLL ->
                    EpollQuicUtils.newSegmentedAllocator(
                            Math.min(SEGMENTS_MAX, UDP_BYTES_MAX / settings.udpPayloadBytes()));
            case NIO -> SegmentedDatagramPacketAllocator.NONE;
        };
    }

    /** What a peer may put into one datagram: it is told, and receive buffers are as large. */
    static int receivedPayloadBytesMax(TransportSettings settings) {
        return Math.max(2048, settings.udpPayloadBytes());
    }

    private static FixedRecvByteBufAllocator reads(int bytes) {
        FixedRecvByteBufAllocator allocator = new FixedRecvByteBufAllocator(bytes);
        allocator.maxMessagesPerRead(READS_MAX);
        return allocator;
    }

    private static String root(Throwable cause) {
        Throwable root = cause;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return String.valueOf(root.getMessage());
    }
}
