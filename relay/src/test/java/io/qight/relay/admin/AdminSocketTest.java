package io.qight.relay.admin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class AdminSocketTest {
    @TempDir private Path directory;
    private Path path = Path.of("");

    @BeforeEach
    void choosePath() {
        path = directory.resolve("private").resolve("admin.sock");
    }

    @Test
    void lineIsAnswered() throws IOException {
        try (AdminSocket socket = open()) {
            assertThat(ask(socket.path(), "stat bob\n")).isEqualTo("<stat bob>");
            assertThat(ask(socket.path(), "stat\n")).isEqualTo("<stat>");
        }
        assertThat(path).doesNotExist();
    }

    @Test
    void onlyItsOwnerMayConnect() throws IOException {
        try (AdminSocket socket = open()) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket.path())))
                    .isEqualTo("rw-------");
            assertThat(
                            PosixFilePermissions.toString(
                                    Files.getPosixFilePermissions(directory.resolve("private"))))
                    .isEqualTo("rwx------");
        }
    }

    @Test
    void directoryThatOthersCanWriteIsRefused() throws IOException {
        Path open = Files.createDirectory(directory.resolve("open"));
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
        assertThatThrownBy(() -> AdminSocket.open(open.resolve("admin.sock"), this::answer))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("chmod go-w");
    }

    @Test
    void socketOfADeadProcessIsReplaced() throws IOException {
        Files.createDirectory(path.getParent());
        try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            dead.bind(UnixDomainSocketAddress.of(path));
        }
        assertThat(path).exists();
        try (AdminSocket socket = open()) {
            assertThat(ask(socket.path(), "stat\n")).isEqualTo("<stat>");
        }
    }

    @Test
    void socketOfALivingProcessIsAnError() throws IOException {
        try (AdminSocket socket = open()) {
            assertThatThrownBy(this::open).hasMessageContaining("another process listens");
            assertThat(ask(socket.path(), "stat\n")).isEqualTo("<stat>");
        }
    }

    @Test
    void fileThatIsNoSocketIsLeftAlone() throws IOException {
        Files.createDirectory(path.getParent());
        Files.writeString(path, "precious");
        assertThatThrownBy(this::open).hasMessageContaining("no socket");
        assertThat(path).hasContent("precious");
    }

    @Test
    void pathThatIsTooLongIsSaidToBe() {
        Path tooLong = directory.resolve("x".repeat(120)).resolve("admin.sock");
        assertThatThrownBy(() -> AdminSocket.open(tooLong, this::answer))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("at most 107")
                .hasMessageContaining("choose a shorter one");
    }

    @Test
    void clientsThatHangHarmNobodyForLong() throws IOException {
        List<SocketChannel> hanging = new ArrayList<>();
        try (AdminSocket socket = open()) {
            for (int i = 0; i < AdminSocket.CLIENTS_MAX; i++) {
                hanging.add(SocketChannel.open(UnixDomainSocketAddress.of(path)));
            }
            assertThat(ask(socket.path(), "stat\n")).isEqualTo("<stat>");
        } finally {
            for (SocketChannel channel : hanging) {
                channel.close();
            }
        }
    }

    @Test
    void garbageIsAnsweredAndHarmsNobody() throws IOException {
        try (AdminSocket socket = open()) {
            String garbage = "\u0000".repeat(AdminSocket.LINE_BYTES_MAX);
            assertThat(ask(socket.path(), garbage)).startsWith("<");
            try (SocketChannel rude = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
                rude.write(ByteBuffer.wrap("sta".getBytes(UTF_8)));
            }
            assertThat(ask(socket.path(), "stat\n")).isEqualTo("<stat>");
        }
    }

    private AdminSocket open() throws IOException {
        return AdminSocket.open(path, this::answer);
    }

    private byte[] answer(String request) {
        return ("<" + request + ">").getBytes(UTF_8);
    }

    private static String ask(Path path, String request) throws IOException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(path));
                InputStream in = Channels.newInputStream(channel)) {
            channel.write(ByteBuffer.wrap(request.getBytes(UTF_8)));
            return new String(in.readAllBytes(), UTF_8);
        }
    }
}
