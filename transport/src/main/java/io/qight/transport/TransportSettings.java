package io.qight.transport;

import io.netty.handler.codec.quic.QuicCodecBuilder;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Limits and tuning of an endpoint, the same for servers and clients.
 *
 * <p>The windows bound what a peer can make this side hold unread, outside the Java heap: at most a
 * stream window for each stream that was not read at all. While a stream is read as fast as its
 * bytes come, the QUIC library widens its window by itself, to at most 16 MiB, and the connection's
 * to at most 24 MiB.
 *
 * <p>All streams at their windows fill at most half of the connection's window. Otherwise those
 * that are left unread could block for ever those that are read: the QUIC library gives no credit
 * while half of the connection's window is unread.
 *
 * @param eventLoops threads that carry connections, each connection on one of them; more than one
 *     need a platform with epoll on the server's side
 * @param idleTimeout a connection silent for so long is lost
 * @param streamsMax streams that the peer may have open at a time
 * @param streamWindowBytes what the peer may send on a stream beyond what was read of it
 * @param connectionWindowBytes the same, on all streams of a connection together
 * @param udpPayloadBytes the largest datagram: 1200 to 8192; above 1350 only where the path is
 *     known to carry it (loopback, jumbo frames)
 * @param socketBufferBytes asked of the kernel for each direction; it may give less
 */
public record TransportSettings(
        int eventLoops,
        Duration idleTimeout,
        int streamsMax,
        long streamWindowBytes,
        long connectionWindowBytes,
        int udpPayloadBytes,
        int socketBufferBytes) {
    private static final int MIB = 1024 * 1024;

    public TransportSettings {
        require(eventLoops >= 1 && eventLoops <= 64, "event loops are 1 to 64");
        require(idleTimeout.toMillis() >= 1, "the idle timeout is at least 1 ms");
        require(streamsMax >= 1, "at least one stream is allowed");
        require(streamWindowBytes >= 1024, "a stream's window has at least 1024 bytes");
        require(
                connectionWindowBytes / 2 / streamsMax >= streamWindowBytes,
                "a connection's window is at least twice as large as all of its streams'");
        require(
                udpPayloadBytes >= 1200 && udpPayloadBytes <= 8192,
                "a UDP payload has 1200 to 8192 bytes");
        require(socketBufferBytes >= 65536, "a socket buffer has at least 65536 bytes");
    }

    /**
     * 30 s idle timeout, 128 streams, windows of 64 KiB and 16 MiB, 1350 bytes a datagram, socket
     * buffers of 4 MiB, and one event loop for every two processors, 1 to 4: a loop moves more than
     * a relay's disk takes, and the store's writer and the collector need processors too.
     */
    public static TransportSettings defaults() {
        int loops = Math.max(1, Math.min(4, Runtime.getRuntime().availableProcessors() / 2));
        return new TransportSettings(
                loops, Duration.ofSeconds(30), 128, 64 * 1024, 16 * MIB, 1350, 4 * MIB);
    }

    /** The same with another number of event loops. */
    public TransportSettings withEventLoops(int loops) {
        return new TransportSettings(
                loops,
                idleTimeout,
                streamsMax,
                streamWindowBytes,
                connectionWindowBytes,
                udpPayloadBytes,
                socketBufferBytes);
    }

    /** The same with another idle timeout. */
    public TransportSettings withIdleTimeout(Duration timeout) {
        return new TransportSettings(
                eventLoops,
                timeout,
                streamsMax,
                streamWindowBytes,
                connectionWindowBytes,
                udpPayloadBytes,
                socketBufferBytes);
    }

    /** The same with another limit of streams. */
    public TransportSettings withStreamsMax(int streams) {
        return new TransportSettings(
                eventLoops,
                idleTimeout,
                streams,
                streamWindowBytes,
                connectionWindowBytes,
                udpPayloadBytes,
                socketBufferBytes);
    }

    /** The same with other flow control windows. */
    public TransportSettings withWindows(long streamBytes, long connectionBytes) {
        return new TransportSettings(
                eventLoops,
                idleTimeout,
                streamsMax,
                streamBytes,
                connectionBytes,
                udpPayloadBytes,
                socketBufferBytes);
    }

    /** The same with another size of datagrams. */
    public TransportSettings withUdpPayloadBytes(int bytes) {
        return new TransportSettings(
                eventLoops,
                idleTimeout,
                streamsMax,
                streamWindowBytes,
                connectionWindowBytes,
                bytes,
                socketBufferBytes);
    }

    /** What both ends' codecs are told. */
    <B extends QuicCodecBuilder<B>> B tune(B codec) {
        return codec.maxIdleTimeout(idleTimeout.toMillis(), TimeUnit.MILLISECONDS)
                .maxSendUdpPayloadSize(udpPayloadBytes)
                .maxRecvUdpPayloadSize(Platform.receivedPayloadBytesMax(this))
                .initialMaxData(connectionWindowBytes)
                .initialMaxStreamDataBidirectionalLocal(streamWindowBytes)
                .initialMaxStreamDataBidirectionalRemote(streamWindowBytes)
                .initialMaxStreamsBidirectional(streamsMax);
    }

    private static void require(boolean holds, String sentence) {
        if (!holds) {
            throw new IllegalArgumentException(sentence);
        }
    }
}
