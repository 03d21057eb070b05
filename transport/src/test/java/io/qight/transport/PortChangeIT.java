package io.qight.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.quic.QuicStreamChannel;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A client whose port changes keeps its connection, whichever socket then gets its datagrams. */
final class PortChangeIT {
    private static final int CHANGES = 12;

    @TempDir Path directory;

    @Test
    void connectionAndItsStreamsSurviveChangesOfThePort() throws Exception {
        assumeTrue(Platform.require().sharesPort(), "needs epoll: several loops share one port");
        TransportSettings settings = TransportSettings.defaults().withEventLoops(4);
        try (Rig rig = new Rig(directory, settings, Rig.Echo::new);
                UdpForwarder forwarder = new UdpForwarder(rig.server.address())) {
            Connection connection = rig.connect(rig.target(forwarder.port()));
            Connection accepted = Rig.take(rig.accepted);
            Rig.Collector collector = new Rig.Collector();
            QuicStreamChannel open = Rig.get(connection.openStream(collector));
            StreamOutput output =
                    Rig.get(
                            CompletableFuture.supplyAsync(
                                    () -> StreamOutput.of(open), open.eventLoop()));
            Set<Integer> portsSeen = new HashSet<>();
            portsSeen.add(accepted.remoteAddress().getPort());

            for (int change = 0; change < CHANGES; change++) {
                int port = forwarder.changePort();
                byte[] request = new byte[20_000];
                new Random(change).nextBytes(request);
                open.eventLoop().execute(() -> output.write(Unpooled.wrappedBuffer(request)));
                assertThat(Rig.exchange(connection, request)).isEqualTo(request);
                Rig.await(
                        "the server sends to the new port",
                        () -> accepted.remoteAddress().getPort() == port);
                portsSeen.add(port);
            }

            open.eventLoop().execute(output::finish);
            assertThat(Rig.get(collector.all)).hasSize(CHANGES * 20_000);
            assertThat(portsSeen).hasSize(CHANGES + 1);
            assertThat(rig.accepted).as("no second connection was made").isEmpty();
            assertThat(rig.clientEnds).isEmpty();
            assertThat(rig.serverEnds).isEmpty();
        }
    }
}
