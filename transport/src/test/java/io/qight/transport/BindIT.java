package io.qight.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.qight.transport.TransportException.CannotBind;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class BindIT {
    @TempDir Path directory;

    private ServerEndpoint bind(InetSocketAddress address, int loops) {
        return ServerEndpoint.bind(
                new ServerConfig(
                        address,
                        TlsIdentity.development(directory),
                        List.of(Rig.ALPN),
                        TransportSettings.defaults().withEventLoops(loops),
                        new ByteBudget(1, 1)),
                connection -> {
                    throw new AssertionError("nobody connects");
                });
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void freePortIsFound(int loops) {
        try (ServerEndpoint server = bind(Rig.loopback(0), loops)) {
            assertThat(server.address().getPort()).isPositive();
            assertThat(server.address().getAddress().isLoopbackAddress()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void portOfAnotherProgramIsRefused(int loops) throws Exception {
        try (DatagramSocket other = new DatagramSocket(Rig.loopback(0))) {
            InetSocketAddress taken = Rig.loopback(other.getLocalPort());
            assertThatThrownBy(() -> bind(taken, loops))
                    .isInstanceOf(CannotBind.class)
                    .hasMessageContaining("cannot listen at ")
                    .hasMessageContaining(":" + taken.getPort() + ": ")
                    .hasMessageContaining("in use");
        }
    }

    /** Sockets that share a port would share it with a second relay too. */
    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void portOfAnotherServerIsRefused(int loops) {
        try (ServerEndpoint first = bind(Rig.loopback(0), 4)) {
            assertThatThrownBy(() -> bind(first.address(), loops)).isInstanceOf(CannotBind.class);
        }
    }

    @Test
    void portIsFreeAgainAfterClose() {
        ServerEndpoint first = bind(Rig.loopback(0), 4);
        first.close();
        bind(first.address(), 4).close();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void foreignAddressIsRefused(int loops) throws Exception {
        InetSocketAddress foreign = new InetSocketAddress(Rig.address("192.0.2.1"), 4433);
        assertThatThrownBy(() -> bind(foreign, loops)).isInstanceOf(CannotBind.class);
        assertThatThrownBy(
                        () -> bind(InetSocketAddress.createUnresolved("nowhere.invalid", 1), loops))
                .isInstanceOf(CannotBind.class)
                .hasMessageContaining("the host name is not known");
    }
}
