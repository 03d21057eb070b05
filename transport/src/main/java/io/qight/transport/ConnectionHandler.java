package io.qight.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicConnectionCloseEvent;
import io.netty.handler.codec.quic.QuicException;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamLimitChangedEvent;
import io.netty.handler.codec.quic.SslEarlyDataReadyEvent;
import io.qight.wire.ErrorCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns what Netty tells of one QUIC connection into what a {@link ConnectionListener} hears. */
final class ConnectionHandler extends ChannelInboundHandlerAdapter {
    /** Sets up the streams that a peer opens, of any connection. */
    static final StreamInitializer STREAMS =
            new StreamInitializer(stream ->
                    stream.parent().pipeline().get(ConnectionHandler.class).onStream(stream));

    /**
     * Netty keeps a closed stream, about 800 bytes, as long as its connection if the end of its
     * input was not read: because either side reset it, say. So a connection has only so many.
     */
    static final int STREAMS_CUT_OFF_MAX = 1024;

    /** The alert of BoringSSL for a certificate that is not the authority's, among other things. */
    private static final int INTERNAL_ERROR = 80;

    /** What a server's TLS says of a client's certificate, by the alerts of RFC 8446. */
    private static final Map<Integer, String> CERTIFICATE_ALERTS =
            Map.of(
                    INTERNAL_ERROR,
                    "the relay cannot verify the client's certificate",
                    42,
                    "the relay cannot read the client's certificate",
                    43,
                    "the relay does not take this kind of certificate",
                    44,
                    "the client's certificate is revoked",
                    45,
                    "the client's certificate has expired",
                    46,
                    "the relay does not take the client's certificate",
                    48,
                    "the client's certificate is of no authority that the relay trusts",
                    116,
                    "the relay asks for a certificate of an authority that it trusts");

    private static final Logger LOG = LoggerFactory.getLogger(ConnectionHandler.class);

    private final @Nullable ServerSide server;
    private final ConnectionAcceptor acceptor;
    private final @Nullable String earlyAlpn;
    private final boolean showsCertificate;
    private final @Nullable EarlyProtocol earlyProtocol;

    /** Streams that came before it was known which protocol the connection speaks. */
    private final List<HeldStream> heldStreams = new ArrayList<>();

    private @Nullable ChannelHandlerContext context;
    private @Nullable Connection connection;
    private @Nullable ConnectionListener listener;
    private @Nullable QuicConnectionCloseEvent closeEvent;
    private @Nullable Throwable failure;
    private int streamsCutOff;
    private boolean confirmed;
    private boolean closing;
    private boolean ended;

    private ConnectionHandler(
            @Nullable ServerSide server,
            ConnectionAcceptor acceptor,
            @Nullable String earlyAlpn,
            boolean showsCertificate,
            @Nullable EarlyProtocol earlyProtocol) {
        this.server = server;
        this.acceptor = acceptor;
        this.earlyAlpn = earlyAlpn;
        this.showsCertificate = showsCertificate;
        this.earlyProtocol = earlyProtocol;
    }

    /** Of a client's connection, which has its protocol if it may begin before its handshake. */
    static ConnectionHandler ofClient(
            ConnectionAcceptor acceptor, @Nullable String earlyAlpn, boolean showsCertificate) {
        return new ConnectionHandler(null, acceptor, earlyAlpn, showsCertificate, null);
    }

    /** Of a server's, with what tells its protocol if it may begin before its handshake. */
    static ConnectionHandler ofServer(
            ServerSide server, ConnectionAcceptor acceptor, @Nullable EarlyProtocol early) {
        ConnectionHandler handler = new ConnectionHandler(server, acceptor, null, false, early);
        // A server is done with the handshake last.
        handler.confirmed();
        return handler;
    }

    /** What a peer or a path can cause at will is no news; anything else is a defect of ours. */
    static boolean causedByPeer(Throwable cause) {
        return cause instanceof IOException || cause instanceof QuicException;
    }

    /** What the peer's transport or application said when it closed, if it did. */
    @Nullable QuicConnectionCloseEvent closeEvent() {
        return closeEvent;
    }

    /**
     * Closes a connection in the orderly way, from any thread; the second time it does nothing.
     *
     * @param code the application's
     * @return completes when it is closed
     */
    static ChannelFuture close(QuicChannel channel, int code, ByteBuf reason) {
        ConnectionHandler handler = channel.pipeline().get(ConnectionHandler.class);
        if (handler == null) {
            return channel.close(true, code, reason);
        }
        if (channel.eventLoop().inEventLoop()) {
            handler.sayFarewell(channel, code, reason);
        } else {
            channel.eventLoop().execute(() -> handler.sayFarewell(channel, code, reason));
        }
        return channel.closeFuture();
    }

    private void sayFarewell(QuicChannel channel, int code, ByteBuf reason) {
        if (connection != null) {
            connection.closing();
        }
        if (closing) {
            reason.release();
        } else {
            closing = true;
            Farewell.say(channel, this::isConfirmed, code, reason);
        }
    }

    /** The peer has finished the handshake. */
    void confirmed() {
        confirmed = true;
    }

    boolean isConfirmed() {
        return confirmed;
    }

    /** Ends the connection, which the transport itself has not found lost yet. */
    void lose(Throwable cause) {
        if (failure == null) {
            failure = cause;
        }
        if (context != null) {
            context.close();
        }
    }

    /** The handshake failed, which a connection that has begun before it ends with. */
    void handshakeFailed(TransportException cause) {
        if (failure == null) {
            failure = cause;
        }
        if (connection != null) {
            connection.handshakeFailed(cause);
        }
    }

    /** A stream was closed before the end of its input was read. */
    void streamCutOff() {
        if (++streamsCutOff == STREAMS_CUT_OFF_MAX && connection != null) {
            connection.close(
                    ErrorCode.TOO_MANY_STREAMS.number(),
                    "the connection has had " + STREAMS_CUT_OFF_MAX + " streams cut off");
        }
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        this.context = context;
        if (earlyAlpn != null || earlyProtocol != null) {
            // Else the transport keeps early streams to itself until the channel is active.
            context.read();
        }
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        SSLEngine engine = Objects.requireNonNull(((QuicChannel) context.channel()).sslEngine());
        boolean resumed = engine.getUseClientMode() && !TrustCheck.asked(engine);
        String alpn = Objects.requireNonNull(engine.getApplicationProtocol());
        if (connection == null) {
            Connection made = new Connection((QuicChannel) context.channel(), alpn, server);
            made.handshakeDone(resumed);
            begin(made);
        } else if (alpn.equals(connection.alpn())) {
            connection.handshakeDone(resumed);
        } else {
            otherProtocol(connection);
        }
        context.fireChannelActive();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof QuicConnectionCloseEvent close) {
            closeEvent = close;
            // Later: what came in the same datagram is to be read first. At all: else the channel
            // stays open until the transport has waited for stragglers.
            context.executor().execute(() -> context.close());
        } else if (event instanceof QuicStreamLimitChangedEvent && connection != null) {
            connection.limitChanged();
        } else if (event instanceof SslEarlyDataReadyEvent && earlyAlpn != null) {
            // Later: what is written within the event is not sent before the handshake is done.
            context.executor().execute(() -> beginEarly(context.channel(), earlyAlpn));
        }
        context.fireUserEventTriggered(event);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (!causedByPeer(cause)) {
            LOG.error("a handler of a connection failed; the connection is closed", cause);
            if (connection != null) {
                connection.close(ErrorCode.INTERNAL.number(), ErrorCode.INTERNAL.sentence());
            }
            return;
        }
        LOG.debug("connection {} failed", context.channel(), cause);
        if (failure == null) {
            failure = cause;
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        context.fireChannelInactive();
        ended(context);
    }

    /** What was never active does not get inactive: a connection that ends in its handshake. */
    @Override
    public void channelUnregistered(ChannelHandlerContext context) {
        context.fireChannelUnregistered();
        ended(context);
    }

    private void ended(ChannelHandlerContext context) {
        if (connection == null || ended) {
            return;
        }
        ended = true;
        connection.ended();
        ConnectionEnd end = end(connection, (QuicChannel) context.channel());
        ConnectionListener told = listener;
        if (told != null) {
            try {
                // Streams hear of their end in tasks that are queued already.
                context.executor().execute(() -> told.onClosed(end));
            } catch (RejectedExecutionException e) {
                told.onClosed(end);
            }
        }
    }

    private void beginEarly(Channel channel, String alpn) {
        if (connection == null && channel.isOpen()) {
            begin(new Connection((QuicChannel) channel, alpn, server));
        }
    }

    private void begin(Connection begun) {
        connection = begun;
        ConnectionListener heard = acceptor.onConnection(begun);
        listener = heard;
        heldStreams.forEach(stream -> stream.serve(heard));
        heldStreams.clear();
    }

    /** What it said early was not what it had agreed to say: no client of ours does so. */
    private static void otherProtocol(Connection connection) {
        String sentence = "the client began with another protocol than it agreed to";
        connection.handshakeFailed(new TransportException.ConnectionLost(sentence, null));
        connection.close(ErrorCode.MALFORMED_REQUEST.number(), sentence);
    }

    private ChannelHandler onStream(QuicStreamChannel stream) {
        if (listener == null && earlyProtocol != null) {
            HeldStream held = new HeldStream(stream, this::firstBytes);
            heldStreams.add(held);
            return held;
        }
        return Objects.requireNonNull(listener).onStream(stream);
    }

    private void firstBytes(ByteBuf bytes) {
        String alpn = Objects.requireNonNull(earlyProtocol).alpn(bytes);
        if (alpn != null) {
            beginEarly(Objects.requireNonNull(context).channel(), alpn);
        }
    }

    private ConnectionEnd end(Connection connection, QuicChannel channel) {
        QuicConnectionCloseEvent event = closeEvent;
        if (event != null && event.isApplicationClose()) {
            return new ConnectionEnd.Orderly(Integer.toUnsignedLong(event.error()), reason(event));
        }
        if (event != null && event.isTlsError()) {
            int alert = QuicConnectionCloseEvent.extractTlsError(event.error());
            String why = CERTIFICATE_ALERTS.get(alert);
            if (why != null && (alert != INTERNAL_ERROR || showsCertificate)) {
                return new ConnectionEnd.CertificateRefused(why);
            }
        }
        if (event != null) {
            return new ConnectionEnd.Lost(
                    "the peer's transport closed the connection with error " + event.error());
        }
        if (connection.closedByUs()) {
            return new ConnectionEnd.Closed();
        }
        if (channel.isTimedOut()) {
            return new ConnectionEnd.Lost("nothing was heard from the peer for too long");
        }
        if (failure != null) {
            return new ConnectionEnd.Lost("the connection failed: " + failure.getMessage());
        }
        return new ConnectionEnd.Lost("the peer does not know the connection any more");
    }

    private static String reason(QuicConnectionCloseEvent event) {
        try {
            // The peer may write anything, and it ends in logs and on terminals.
            return new String(event.reason(), StandardCharsets.UTF_8).replaceAll("\\p{Cc}", " ");
        } catch (NullPointerException e) {
            // That is how the event says that there is none.
            return "";
        }
    }
}
