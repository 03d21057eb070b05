package io.qight.relay;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelHandler;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.qight.transport.ClientEndpoint;
import io.qight.transport.ConnectTarget;
import io.qight.transport.Connection;
import io.qight.transport.ConnectionEnd;
import io.qight.transport.ConnectionListener;
import io.qight.transport.TransportSettings;
import io.qight.transport.Trust;
import io.qight.wire.MessageEnvelope;
import io.qight.wire.v0.EnvelopeCodec;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A client of version 0 for tests: does what the protocol says, and what it forbids. */
final class SeedClient implements AutoCloseable {
    private static final int SECONDS_MAX = 30;

    private final ClientEndpoint endpoint;
    private final Connection connection;
    private final CompletableFuture<ConnectionEnd> ended;

    private SeedClient(
            ClientEndpoint endpoint,
            Connection connection,
            CompletableFuture<ConnectionEnd> ended) {
        this.endpoint = endpoint;
        this.connection = connection;
        this.ended = ended;
    }

    static SeedClient connect(Relay relay) {
        return connect(relay.address(), relay.fingerprint(), "qight");
    }

    /** One that takes few bytes before it reads them. */
    static SeedClient connectWithSmallWindows(Relay relay) {
        return connect(
                relay.address(),
                relay.fingerprint(),
                "qight",
                TransportSettings.defaults().withWindows(16 << 10, 4 << 20));
    }

    static SeedClient connect(InetSocketAddress address, String fingerprint, String alpn) {
        return connect(address, fingerprint, alpn, TransportSettings.defaults());
    }

    private static SeedClient connect(
            InetSocketAddress address,
            String fingerprint,
            String alpn,
            TransportSettings settings) {
        ClientEndpoint endpoint = ClientEndpoint.open(settings.withEventLoops(1));
        try {
            CompletableFuture<ConnectionEnd> ended = new CompletableFuture<>();
            Connection connection =
                    await(
                            endpoint.connect(
                                    target(address, fingerprint, alpn), new Listener(ended)));
            return new SeedClient(endpoint, connection, ended);
        } catch (RuntimeException e) {
            endpoint.close();
            throw e;
        }
    }

    /** On an endpoint of the caller's, before the handshake is done if it can. */
    static SeedClient connectEarly(
            Relay relay, InetSocketAddress address, ClientEndpoint endpoint) {
        CompletableFuture<ConnectionEnd> ended = new CompletableFuture<>();
        ConnectTarget target = target(address, relay.fingerprint(), "qight");
        Connection connection = await(endpoint.connectEarly(target, new Listener(ended)));
        return new SeedClient(endpoint, connection, ended);
    }

    /** The whole answer to these bytes, after which the stream is finished. */
    byte[] ask(byte[] request) {
        return await(open().finish(request).answer());
    }

    /** The same as text. */
    String askText(byte[] request) {
        return new String(ask(request), UTF_8);
    }

    String hello(String id) {
        return askText(("HELLO " + id + "\n").getBytes(UTF_8));
    }

    String send(MessageEnvelope envelope) {
        return askText(sendBytes(envelope));
    }

    CompletableFuture<String> sendAsync(MessageEnvelope envelope) {
        return open().finish(sendBytes(envelope)).answer().thenApply(b -> new String(b, UTF_8));
    }

    List<MessageEnvelope> fetch(String mailbox) {
        return envelopes(ask(fetchBytes(mailbox)));
    }

    /** A stream to misbehave on. */
    SeedClientStream open() {
        return open(new SeedClientStream(true));
    }

    /** One on which nothing is read. */
    SeedClientStream openUnread() {
        return open(new SeedClientStream(false));
    }

    private SeedClientStream open(SeedClientStream stream) {
        connection
                .openStream(stream)
                .whenComplete((channel, failure) -> {
                    if (failure != null) {
                        stream.answer().completeExceptionally(failure);
                    }
                });
        return stream;
    }

    /** How the connection ended, once it has. */
    CompletableFuture<ConnectionEnd> ended() {
        return ended;
    }

    /** Ends with code 0, and leaves the endpoint. */
    void disconnect() {
        connection.close(0, "test");
        await(ended);
    }

    /** Ends with an application's code; 0 says that all is well. */
    void closeWith(int code) {
        connection.close(code, "test");
        await(ended);
        endpoint.close();
    }

    /** The orderly end. */
    @Override
    public void close() {
        closeWith(0);
    }

    static byte[] sendBytes(MessageEnvelope envelope) {
        byte[] encoded = encode(envelope);
        return ByteBuffer.allocate(8 + encoded.length)
                .put("SEND".getBytes(UTF_8))
                .putInt(encoded.length)
                .put(encoded)
                .array();
    }

    /** SEND with these bytes for an envelope. */
    static byte[] sendBytes(int length, byte[] envelope) {
        return ByteBuffer.allocate(8 + envelope.length)
                .put("SEND".getBytes(UTF_8))
                .putInt(length)
                .put(envelope)
                .array();
    }

    static byte[] fetchBytes(String mailbox) {
        return ("FETCH " + mailbox + "\n").getBytes(UTF_8);
    }

    static byte[] encode(MessageEnvelope envelope) {
        ByteBuf encoded = EnvelopeCodec.encode(envelope, UnpooledByteBufAllocator.DEFAULT);
        byte[] bytes = new byte[encoded.readableBytes()];
        encoded.readBytes(bytes);
        encoded.release();
        return bytes;
    }

    static List<MessageEnvelope> envelopes(byte[] answer) {
        List<MessageEnvelope> envelopes = new ArrayList<>();
        ByteBuf in = Unpooled.wrappedBuffer(answer);
        int length = in.readInt();
        while (length != 0) {
            if (length < 0 || length > in.readableBytes()) {
                throw new AssertionError(new String(answer, UTF_8));
            }
            envelopes.add(EnvelopeCodec.decode(in.readSlice(length)));
            length = in.readInt();
        }
        if (in.isReadable()) {
            throw new AssertionError("bytes follow the end of the answer");
        }
        return envelopes;
    }

    static MessageEnvelope envelope(String recipient, String text) {
        return MessageEnvelope.builder()
                .sender("alice")
                .recipient(recipient)
                .ttlSeconds(3600)
                .payload(text)
                .build();
    }

    static <T> T await(CompletableFuture<T> future) {
        try {
            return future.get(SECONDS_MAX, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new AssertionError(e.getCause());
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError("nothing within " + SECONDS_MAX + " s", e);
        }
    }

    private static ConnectTarget target(
            InetSocketAddress address, String fingerprint, String alpn) {
        return new ConnectTarget(
                address.getHostString(),
                address.getPort(),
                Trust.fingerprint(fingerprint),
                alpn,
                Duration.ofSeconds(SECONDS_MAX));
    }

    private record Listener(CompletableFuture<ConnectionEnd> ended) implements ConnectionListener {
        @Override
        public ChannelHandler onStream(QuicStreamChannel stream) {
            throw new AssertionError("a relay opens no streams");
        }

        @Override
        public void onClosed(ConnectionEnd end) {
            ended.complete(end);
        }
    }
}
