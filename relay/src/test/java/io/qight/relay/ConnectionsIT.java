package io.qight.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerAdapter;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.qight.relay.flow.LiveConnection;
import io.qight.relay.flow.RelayMeters;
import io.qight.transport.ByteBudget;
import io.qight.transport.ClientEndpoint;
import io.qight.transport.ConnectTarget;
import io.qight.transport.Connection;
import io.qight.transport.ConnectionEnd;
import io.qight.transport.HandshakeQuota;
import io.qight.transport.ServerConfig;
import io.qight.transport.ServerEndpoint;
import io.qight.transport.TlsIdentity;
import io.qight.transport.TransportSettings;
import io.qight.transport.Trust;
import io.qight.wire.ErrorCode;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A connection that cannot be served leaves its place to others. */
@Timeout(60)
class ConnectionsIT {
    private static final String ALPN = "test";

    @TempDir Path directory;
    private final BlockingQueue<ConnectionEnd> ends = new LinkedBlockingQueue<>();
    private final AtomicInteger failuresLeft = new AtomicInteger();
    private final Connections connections =
            new Connections(
                    Map.of(ALPN, this::serve),
                    RelayLimits.USUAL.withConnections(1, 1),
                    new RelayMeters(new SimpleMeterRegistry(), () -> 0L));

    @Test
    void aProtocolThatFailsKeepsNoPlace() throws Exception {
        TlsIdentity identity = TlsIdentity.development(directory);
        TransportSettings settings = TransportSettings.defaults().withEventLoops(1);
        failuresLeft.set(2);
        try (ServerEndpoint server =
                        ServerEndpoint.bind(
                                new ServerConfig(
                                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                                        identity,
                                        List.of(ALPN),
                                        settings,
                                        new ByteBudget(1 << 20, 1 << 19),
                                        null,
                                        null,
                                        HandshakeQuota.USUAL),
                                connections);
                ClientEndpoint client = ClientEndpoint.open(settings)) {
            ConnectTarget target =
                    new ConnectTarget(
                            "127.0.0.1",
                            server.address().getPort(),
                            Trust.fingerprint(identity.fingerprint()),
                            ALPN,
                            Duration.ofSeconds(10),
                            null);
            for (int failure = 0; failure < 2; failure++) {
                connect(client, target);
                assertThat(ends.poll(10, TimeUnit.SECONDS))
                        .isInstanceOfSatisfying(
                                ConnectionEnd.Orderly.class,
                                end ->
                                        assertThat(end.code())
                                                .isEqualTo(ErrorCode.INTERNAL.number()));
            }
            connect(client, target);
            // This one has the only place.
            connect(client, target);
            assertThat(ends.poll(10, TimeUnit.SECONDS))
                    .isInstanceOfSatisfying(
                            ConnectionEnd.Orderly.class,
                            end -> assertThat(end.code()).isEqualTo(ErrorCode.OVERLOADED.number()));
            assertThat(ends).isEmpty();
        }
    }

    private Connection connect(ClientEndpoint client, ConnectTarget target) throws Exception {
        return client.connect(target, new Idle(ends)).get(10, TimeUnit.SECONDS);
    }

    private LiveConnection serve(Connection connection) {
        if (failuresLeft.getAndDecrement() > 0) {
            throw new IllegalStateException("this protocol fails, for a test");
        }
        return new Idle(new LinkedBlockingQueue<>());
    }

    /** Does nothing, and tells of its end. */
    private record Idle(BlockingQueue<ConnectionEnd> ends) implements LiveConnection {
        @Override
        public ChannelHandler onStream(QuicStreamChannel stream) {
            return new ChannelHandlerAdapter() {};
        }

        @Override
        public void onClosed(ConnectionEnd end) {
            ends.add(end);
        }

        @Override
        public void drain() {}

        @Override
        public void checkAccess() {}
    }
}
