package io.qight.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.ChannelHandler;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.qight.testkit.ForgedHandshakes;
import io.qight.transport.ClientEndpoint;
import io.qight.transport.ConnectTarget;
import io.qight.transport.Connection;
import io.qight.transport.ConnectionEnd;
import io.qight.transport.ConnectionListener;
import io.qight.transport.TransportSettings;
import io.qight.transport.Trust;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** A UDP socket from which a test sends a relay what no client would. */
final class RawClient implements AutoCloseable {
    private static final int DATAGRAM_BYTES_MAX = 65_535;

    private final DatagramSocket socket;
    private final InetSocketAddress relay;

    private RawClient(DatagramSocket socket, InetSocketAddress relay) {
        this.socket = socket;
        this.relay = relay;
    }

    /** From this address, on a free port. */
    static RawClient from(InetAddress address, Relay relay) {
        try {
            DatagramSocket socket = new DatagramSocket(new InetSocketAddress(address, 0));
            socket.setReceiveBufferSize(4 << 20);
            return new RawClient(socket, relay.address());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static RawClient from(Relay relay) {
        return from(InetAddress.getLoopbackAddress(), relay);
    }

    /** Handshakes as our own client begins them. */
    static ForgedHandshakes handshakes() {
        try (DatagramSocket silent = new DatagramSocket(0, InetAddress.getLoopbackAddress());
                ClientEndpoint client = ClientEndpoint.open(TransportSettings.defaults())) {
            silent.setSoTimeout(10_000);
            CompletableFuture<Connection> connecting =
                    client.connect(
                            new ConnectTarget(
                                    "127.0.0.1",
                                    silent.getLocalPort(),
                                    Trust.fingerprint("00".repeat(32)),
                                    "qight/1",
                                    Duration.ofSeconds(10)),
                            new Nobody());
            DatagramPacket first =
                    new DatagramPacket(new byte[DATAGRAM_BYTES_MAX], DATAGRAM_BYTES_MAX);
            silent.receive(first);
            connecting.cancel(false);
            return ForgedHandshakes.of(Arrays.copyOf(first.getData(), first.getLength()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    int send(byte[] datagram) {
        try {
            socket.send(new DatagramPacket(datagram, datagram.length, relay));
            return datagram.length;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The next datagram that comes within the time. */
    Optional<byte[]> receive(int millis) {
        DatagramPacket packet =
                new DatagramPacket(new byte[DATAGRAM_BYTES_MAX], DATAGRAM_BYTES_MAX);
        try {
            socket.setSoTimeout(millis);
            socket.receive(packet);
            return Optional.of(Arrays.copyOf(packet.getData(), packet.getLength()));
        } catch (SocketTimeoutException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        socket.close();
    }

    private static final class Nobody implements ConnectionListener {
        @Override
        public ChannelHandler onStream(QuicStreamChannel stream) {
            throw new AssertionError("a relay opens no streams");
        }

        @Override
        public void onClosed(ConnectionEnd end) {
            assertThat(end).isNotNull();
        }
    }
}
