package io.qight.transport;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamType;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/**
 * One QUIC connection. Its handshake is complete, but where early data was asked for it may still
 * be under way. Thread-safe.
 */
public final class Connection {
    /** What one {@code read()} of a stream brings at most, in bytes. */
    public static final int READ_BYTES_MAX = 8192;

    /** Streams that are opened before the handshake is done; others wait for it. */
    static final int EARLY_STREAMS_MAX = 8;

    /** A close travels in one packet. */
    private static final int REASON_CHARS_MAX = 200;

    private record Opening(ChannelHandler handler, CompletableFuture<QuicStreamChannel> opened) {}

    private final QuicChannel channel;
    private final String alpn;
    private final @Nullable ServerSide server;
    private final ByteBudget.@Nullable Share share;
    private volatile InetSocketAddress remoteAddress;

    /** Where the handshake was done: a later address may be forged, and another one's. */
    private volatile @Nullable InetAddress provedAddress;

    /** Streams that wait for the peer to allow them; touched on the event loop alone. */
    private final ArrayDeque<Opening> openings = new ArrayDeque<>();

    private final CompletableFuture<Void> handshakeDone = new CompletableFuture<>();
    private int earlyStreams;
    private volatile boolean resumed;
    private volatile boolean closedByUs;
    private boolean gone;

    Connection(QuicChannel channel, String alpn, @Nullable ServerSide server) {
        this.channel = channel;
        this.alpn = alpn;
        this.server = server;
        this.share = server == null ? null : server.budget().newShare(channel.eventLoop());
        this.remoteAddress =
                (InetSocketAddress) Objects.requireNonNull(channel.remoteSocketAddress());
    }

    /** The protocol that both ends agreed on. */
    public String alpn() {
        return alpn;
    }

    /**
     * Complete when the handshake is, which it is from the start unless early data was asked for.
     * What came before it may be a replay. What was sent before it and not taken by the peer is
     * sent again by the QUIC library, on the same streams. Fails with a {@link TransportException}
     * if the peer is not trusted or the connection is lost before. Completed on the event loop.
     */
    public CompletableFuture<Void> handshakeDone() {
        return handshakeDone;
    }

    /**
     * Whether the handshake, once done, went on from an earlier connection's: if not, the peer has
     * taken no early data. A server is not told, and says false.
     */
    public boolean resumed() {
        return resumed;
    }

    /**
     * SHA-256 of the SubjectPublicKeyInfo of the certificate that the peer showed when the session
     * began, on this connection or on the one that its ticket is from; once the handshake is done.
     *
     * @throws IllegalStateException if the peer showed none
     */
    public ByteBuffer peerKeyHash() {
        return peerCertificate()
                .map(CertificateFile::publicKeyHash)
                .orElseThrow(() -> new IllegalStateException("the peer has shown no certificate"));
    }

    /**
     * The certificate that the peer showed when the session began, on this connection or on the one
     * that its ticket is from, and that was trusted then; once the handshake is done. A client
     * shows one only where the server asks for it.
     */
    public Optional<X509Certificate> peerCertificate() {
        try {
            Certificate[] shown =
                    Objects.requireNonNull(channel.sslEngine()).getSession().getPeerCertificates();
            return Optional.of((X509Certificate) shown[0]);
        } catch (SSLPeerUnverifiedException e) {
            return Optional.empty();
        }
    }

    /** Where the peer's datagrams come from now; it changes when the peer's path does. */
    public InetSocketAddress remoteAddress() {
        if (channel.remoteSocketAddress() instanceof InetSocketAddress address) {
            remoteAddress = address;
        }
        return remoteAddress;
    }

    /** The thread that carries this connection, for ever; nothing on it may block. */
    public EventLoop eventLoop() {
        return channel.eventLoop();
    }

    /**
     * The connection's part of the server's budget; told on its event loop.
     *
     * @throws IllegalStateException at a client, which has no budget
     */
    public ByteBudget.Share share() {
        if (share == null) {
            throw new IllegalStateException("a client's connection has no budget");
        }
        return share;
    }

    /**
     * Has what a client does at a server count like so many connections of the address that it
     * connected from, whose next ones come later then. At a client, or before the handshake is
     * done, it does nothing.
     *
     * @see HandshakeQuota#connectsPerSecond
     */
    public void charge(double connections) {
        InetAddress address = provedAddress;
        if (server != null && address != null) {
            server.handshakes().connected(address, connections);
        }
    }

    /**
     * Whether the address that the client connected from has done so much of what counts that no
     * more should be begun on its connections for now: half of what has its next connection wait.
     * Never at a client.
     */
    public boolean mustWait() {
        InetAddress address = provedAddress;
        return server != null && address != null && server.handshakes().tooMuchBegun(address);
    }

    /**
     * Opens a bidirectional stream with this handler. If the peer allows no further stream now, the
     * stream is opened when it does, in the order of the calls, unless the future is complete by
     * then. Fails with a {@link TransportException} if the connection is or gets closed. Completed
     * on the event loop.
     */
    public CompletableFuture<QuicStreamChannel> openStream(ChannelHandler handler) {
        Opening opening = new Opening(handler, new CompletableFuture<>());
        try {
            eventLoop().execute(() -> open(opening));
        } catch (RejectedExecutionException e) {
            opening.opened().completeExceptionally(lost());
        }
        return opening.opened();
    }

    /**
     * Closes the connection: the peer hears the code and the reason, both applications' streams
     * end. What was written and not yet sent may be lost. Where the network has not taken what was
     * written before, this takes up to 1 s. The second time it does nothing.
     *
     * @param code 0 if nothing is wrong, below 2^31
     * @param reason a sentence; only its first 200 characters travel
     */
    public void close(long code, String reason) {
        closing();
        String cut = reason.substring(0, Math.min(REASON_CHARS_MAX, reason.length()));
        ConnectionHandler.close(
                channel, Math.toIntExact(code), Unpooled.copiedBuffer(cut, StandardCharsets.UTF_8));
    }

    void closing() {
        closedByUs = true;
    }

    void handshakeDone(boolean resumed) {
        this.resumed = resumed;
        provedAddress = remoteAddress().getAddress();
        handshakeDone.complete(null);
    }

    void handshakeFailed(TransportException cause) {
        handshakeDone.completeExceptionally(cause);
    }

    boolean closedByUs() {
        return closedByUs;
    }

    /** The peer allows more streams. */
    void limitChanged() {
        while (!openings.isEmpty() && allowed()) {
            create(openings.remove());
        }
    }

    /** The connection is gone. */
    void ended() {
        gone = true;
        handshakeDone.completeExceptionally(lost());
        openings.forEach(opening -> opening.opened().completeExceptionally(lost()));
        openings.clear();
    }

    private void open(Opening opening) {
        if (gone) {
            opening.opened().completeExceptionally(lost());
        } else {
            openings.add(opening);
            limitChanged();
        }
    }

    private boolean allowed() {
        if (!handshakeDone.isDone()) {
            // The peer's limit is known, but not told, before the handshake is done.
            return earlyStreams < EARLY_STREAMS_MAX;
        }
        // An attempt beyond the limit would fail and use up a stream's number for ever.
        return channel.peerAllowedStreams(QuicStreamType.BIDIRECTIONAL) > 0;
    }

    private void create(Opening opening) {
        if (opening.opened().isDone()) {
            return;
        }
        if (!handshakeDone.isDone()) {
            earlyStreams++;
        }
        channel.createStream(
                        QuicStreamType.BIDIRECTIONAL,
                        new StreamInitializer(stream -> opening.handler()))
                .addListener((Future<QuicStreamChannel> created) -> created(opening, created));
    }

    private void created(Opening opening, Future<QuicStreamChannel> created) {
        if (!created.isSuccess()) {
            opening.opened().completeExceptionally(lost());
        } else if (!opening.opened().complete(created.getNow())) {
            created.getNow().shutdown(0);
            created.getNow().close();
        }
    }

    private TransportException lost() {
        return closedByUs
                ? new TransportException.EndpointClosed("the connection is closed")
                : new TransportException.ConnectionLost("the connection was lost", null);
    }
}
