package io.qight.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.qight.wire.ErrorCode;
import java.io.File;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PlatformIT {
    /** Run in a JVM that has no native code. */
    static final class Unsupported {
        private Unsupported() {}

        public static void main(String[] arguments) {
            try {
                ClientEndpoint.open(TransportSettings.defaults());
                System.out.print("opened");
            } catch (TransportException.UnsupportedPlatform e) {
                System.out.print(e.code() + " " + e.getMessage());
            }
        }
    }

    @TempDir Path directory;

    @Test
    void machineWithoutNativeCodeIsToldSo() throws Exception {
        String classPath =
                Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                        .filter(entry -> !entry.contains("native"))
                        .collect(Collectors.joining(File.pathSeparator));
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-cp",
                                classPath,
                                Unsupported.class.getName())
                        .redirectErrorStream(true)
                        .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(output)
                .contains(ErrorCode.NOT_SUPPORTED + " Qight cannot run on ")
                .contains(System.getProperty("os.name") + " on " + System.getProperty("os.arch"))
                .contains(
                        "There is native code for Linux with glibc on x86_64 and aarch64,"
                                + " macOS on x86_64 and aarch64, and Windows on x86_64");
    }

    @Test
    void linuxUsesEpoll() {
        boolean linux = System.getProperty("os.name").equals("Linux");
        assertThat(Platform.require()).isEqualTo(linux ? Platform.EPOLL : Platform.NIO);
    }

    /** What macOS and Windows run on, here beside epoll. */
    @Test
    void nioCarriesConnectionsToo() throws Exception {
        TransportSettings settings = TransportSettings.defaults().withEventLoops(2);
        TlsIdentity identity = TlsIdentity.development(directory);
        BlockingQueue<ConnectionEnd> ends = new LinkedBlockingQueue<>();
        ConnectionListener listener = Rig.listener(Rig.Echo::new, ends);
        ServerConfig config =
                new ServerConfig(
                        Rig.loopback(0),
                        identity,
                        List.of(Rig.ALPN),
                        settings,
                        new ByteBudget(1, 1));
        byte[] request = new byte[2_000_000];
        new Random(1).nextBytes(request);
        try (ServerEndpoint server =
                        ServerEndpoint.bind(config, connection -> listener, Platform.NIO);
                ClientEndpoint client =
                        ClientEndpoint.open(settings, InetAddress::getAllByName, Platform.NIO)) {
            ConnectTarget target =
                    new ConnectTarget(
                            "127.0.0.1",
                            server.address().getPort(),
                            Trust.fingerprint(identity.fingerprint()),
                            Rig.ALPN,
                            Duration.ofSeconds(5));
            Connection connection = Rig.get(client.connect(target, listener));
            assertThat(Rig.exchange(connection, request)).isEqualTo(request);
            connection.close(0, "enough");
            assertThat(List.of(Rig.take(ends), Rig.take(ends)))
                    .containsExactlyInAnyOrder(
                            new ConnectionEnd.Closed(), new ConnectionEnd.Orderly(0, "enough"));
        }
    }
}
