package io.qight.relay.admin;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Unix domain socket that answers one line with one line and hangs up. Its file has mode 0600, in
 * a directory where nobody else can write, which is made (0700) if it is missing.
 *
 * <p>One thread serves at most {@value #CLIENTS_MAX} clients at a time, each for at most {@value
 * #CLIENT_SECONDS_MAX} seconds and one line of at most {@value #LINE_BYTES_MAX} bytes.
 */
public final class AdminSocket implements AutoCloseable {
    /** Clients served at a time; others wait to be accepted. */
    public static final int CLIENTS_MAX = 16;

    /** How long one client is served, in seconds. */
    public static final int CLIENT_SECONDS_MAX = 5;

    /** The longest request, in bytes. */
    public static final int LINE_BYTES_MAX = 2048;

    /** What the address of a socket holds on Linux; some systems hold four bytes less. */
    private static final int PATH_BYTES_MAX = 107;

    private static final Set<PosixFilePermission> OTHERS_WRITE =
            PosixFilePermissions.fromString("----w--w-");
    private static final Logger LOG = LoggerFactory.getLogger(AdminSocket.class);

    private final Path path;
    private final ServerSocketChannel server;
    private final Selector selector;
    private final Function<String, byte[]> answers;
    private final Thread thread;

    private AdminSocket(
            Path path,
            ServerSocketChannel server,
            Selector selector,
            Function<String, byte[]> answers) {
        this.path = path;
        this.server = server;
        this.selector = selector;
        this.answers = answers;
        this.thread = new Thread(this::run, "qight-admin");
        this.thread.setDaemon(true);
    }

    /**
     * Opens the socket. A file that a dead process left there is replaced.
     *
     * @param answers the answer to a line, called on the socket's thread
     * @throws IOException saying what to do: the path is too long, a process listens there, the
     *     directory is others' too
     */
    public static AdminSocket open(Path path, Function<String, byte[]> answers) throws IOException {
        int bytes = path.toString().getBytes(StandardCharsets.UTF_8).length;
        if (bytes > PATH_BYTES_MAX) {
            throw new IOException(
                    "the admin socket's path has "
                            + bytes
                            + " bytes, at most "
                            + PATH_BYTES_MAX
                            + " are possible; choose a shorter one: "
                            + path);
        }
        Path directory = path.toAbsolutePath().getParent();
        if (directory == null) {
            throw new IOException("the admin socket's path names no file: " + path);
        }
        prepareDirectory(directory);
        removeStale(path);
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        Selector selector = null;
        try {
            server.bind(UnixDomainSocketAddress.of(path));
            if (posix(path)) {
                Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
            }
            server.configureBlocking(false);
            selector = Selector.open();
            server.register(selector, SelectionKey.OP_ACCEPT);
        } catch (IOException | RuntimeException e) {
            server.close();
            if (selector != null) {
                selector.close();
            }
            throw new IOException("the admin socket cannot be opened at " + path + ": " + e, e);
        }
        AdminSocket socket = new AdminSocket(path, server, selector, answers);
        socket.thread.start();
        return socket;
    }

    /** Where it is. */
    public Path path() {
        return path;
    }

    /** Hangs up, ends the thread and removes the file. */
    @Override
    public void close() {
        try {
            selector.close();
            server.close();
            thread.join(TimeUnit.SECONDS.toMillis(CLIENT_SECONDS_MAX));
            Files.deleteIfExists(path);
        } catch (IOException e) {
            LOG.warn("the admin socket could not be closed cleanly", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void prepareDirectory(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            if (directory.getFileSystem().supportedFileAttributeViews().contains("posix")) {
                Files.createDirectories(
                        directory,
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rwx------")));
            } else {
                Files.createDirectories(directory);
            }
        } else if (posix(directory)
                && Files.getPosixFilePermissions(directory).stream()
                        .anyMatch(OTHERS_WRITE::contains)) {
            throw new IOException(
                    "others can write in the admin socket's directory "
                            + directory
                            + "; take that right away (chmod go-w) or choose another directory");
        }
    }

    private static boolean posix(Path path) {
        return path.getFileSystem().supportedFileAttributeViews().contains("posix");
    }

    private static void removeStale(Path path) throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        if (!Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .isOther()) {
            throw new IOException("there is a file that is no socket at " + path);
        }
        try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            probe.connect(UnixDomainSocketAddress.of(path));
        } catch (IOException nobodyListens) {
            Files.delete(path);
            return;
        }
        throw new IOException("another process listens at the admin socket " + path);
    }

    private void run() {
        try {
            while (selector.isOpen()) {
                selector.select(TimeUnit.SECONDS.toMillis(1));
                for (SelectionKey key : Set.copyOf(selector.selectedKeys())) {
                    serve(key);
                }
                selector.selectedKeys().clear();
                hangUpOnTheSlow();
            }
        } catch (ClosedSelectorException e) {
            // Closed by close().
        } catch (IOException e) {
            LOG.error("the admin socket has failed and answers no more", e);
        }
        clients().forEach(Client::close);
    }

    private void serve(SelectionKey key) {
        try {
            if (!key.isValid()) {
                return;
            }
            if (key.isAcceptable()) {
                accept();
            } else if (key.attachment() instanceof Client client) {
                client.goOn(key);
            }
        } catch (IOException | RuntimeException e) {
            LOG.debug("a client of the admin socket is gone", e);
            if (key.attachment() instanceof Client client) {
                client.close();
            }
        }
        acceptMore();
    }

    private void accept() throws IOException {
        SocketChannel channel = server.accept();
        if (channel != null) {
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ, new Client(channel));
        }
    }

    /** With all places taken, newcomers wait in the kernel's queue. */
    private void acceptMore() {
        SelectionKey key = server.keyFor(selector);
        if (key != null && key.isValid()) {
            key.interestOps(clients().size() < CLIENTS_MAX ? SelectionKey.OP_ACCEPT : 0);
        }
    }

    private void hangUpOnTheSlow() {
        clients().stream().filter(Client::tooSlow).forEach(Client::close);
        acceptMore();
    }

    private List<Client> clients() {
        if (!selector.isOpen()) {
            return List.of();
        }
        return selector.keys().stream()
                .filter(SelectionKey::isValid)
                .map(SelectionKey::attachment)
                .filter(Client.class::isInstance)
                .map(Client.class::cast)
                .toList();
    }

    private final class Client {
        private final SocketChannel channel;
        private final long sinceNanos = System.nanoTime();
        private final ByteBuffer request = ByteBuffer.allocate(LINE_BYTES_MAX);
        private ByteBuffer answer = ByteBuffer.allocate(0);

        Client(SocketChannel channel) {
            this.channel = channel;
        }

        void goOn(SelectionKey key) throws IOException {
            if (key.isReadable()) {
                boolean ended = channel.read(request) < 0;
                int end = lineEnd();
                if (end >= 0 || ended || !request.hasRemaining()) {
                    int length = end >= 0 ? end : request.position();
                    String line = new String(request.array(), 0, length, StandardCharsets.UTF_8);
                    answer = ByteBuffer.wrap(answers.apply(line));
                    key.interestOps(SelectionKey.OP_WRITE);
                }
            } else if (key.isWritable()) {
                channel.write(answer);
                if (!answer.hasRemaining()) {
                    close();
                }
            }
        }

        boolean tooSlow() {
            return System.nanoTime() - sinceNanos > TimeUnit.SECONDS.toNanos(CLIENT_SECONDS_MAX);
        }

        void close() {
            try {
                channel.close();
            } catch (IOException e) {
                LOG.debug("a client of the admin socket could not be closed", e);
            }
        }

        private int lineEnd() {
            for (int i = 0; i < request.position(); i++) {
                if (request.get(i) == '\n') {
                    return i;
                }
            }
            return -1;
        }
    }
}
