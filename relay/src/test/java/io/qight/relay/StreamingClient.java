package io.qight.relay;

import static io.qight.relay.SeedClient.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelHandler;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.qight.identity.Identity;
import io.qight.identity.ProofStatement;
import io.qight.identity.SignatureKind;
import io.qight.transport.ClientEndpoint;
import io.qight.transport.ConnectTarget;
import io.qight.transport.Connection;
import io.qight.transport.ConnectionEnd;
import io.qight.transport.ConnectionListener;
import io.qight.transport.TransportSettings;
import io.qight.transport.Trust;
import io.qight.wire.MessageEnvelope;
import io.qight.wire.v1.EnvelopeCodec;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.Id;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** A client of version 1 for tests: frames as they are, and bytes that are none. */
final class StreamingClient implements AutoCloseable {
    private static final SecureRandom RANDOM = new SecureRandom();

    private final ClientEndpoint endpoint;
    private final Connection connection;
    private final CompletableFuture<ConnectionEnd> ended;
    private final StreamingClientStream control;

    private StreamingClient(
            ClientEndpoint endpoint,
            Connection connection,
            CompletableFuture<ConnectionEnd> ended) {
        this.endpoint = endpoint;
        this.connection = connection;
        this.ended = ended;
        this.control = open();
    }

    /** Connected, and let in. */
    static StreamingClient connect(Relay relay) {
        StreamingClient client = connectSilently(relay);
        client.hello();
        return client;
    }

    /** Connected, and nothing said. */
    static StreamingClient connectSilently(Relay relay) {
        return connectSilently(relay, TransportSettings.defaults());
    }

    static StreamingClient connectSilently(Relay relay, TransportSettings settings) {
        ClientEndpoint endpoint = ClientEndpoint.open(settings.withEventLoops(1));
        try {
            CompletableFuture<ConnectionEnd> ended = new CompletableFuture<>();
            Connection connection =
                    await(endpoint.connect(target(relay, relay.address()), new Listener(ended)));
            return new StreamingClient(endpoint, connection, ended);
        } catch (RuntimeException e) {
            endpoint.close();
            throw e;
        }
    }

    /** On an endpoint of the caller's, before the handshake is done if it can. */
    static StreamingClient connectEarly(Relay relay, ClientEndpoint endpoint) {
        return connectEarly(relay, relay.address(), endpoint);
    }

    /** The same, where another address leads to the relay. */
    static StreamingClient connectEarly(
            Relay relay, InetSocketAddress address, ClientEndpoint endpoint) {
        CompletableFuture<ConnectionEnd> ended = new CompletableFuture<>();
        Connection connection =
                await(endpoint.connectEarly(target(relay, address), new Listener(ended)));
        return new StreamingClient(endpoint, connection, ended);
    }

    /** The same, trusting another fingerprint than the relay's of now. */
    static StreamingClient connectEarly(Relay relay, String pin, ClientEndpoint endpoint) {
        CompletableFuture<ConnectionEnd> ended = new CompletableFuture<>();
        ConnectTarget target = target(pin, relay.address());
        return new StreamingClient(
                endpoint, await(endpoint.connectEarly(target, new Listener(ended))), ended);
    }

    /** Of the key that the relay had in the first of the handshakes that this one goes on from. */
    ByteBuffer relayKeyHash() {
        return connection.peerKeyHash();
    }

    /** Whether the finished handshake went on from an earlier one. */
    boolean resumed() {
        await(connection.handshakeDone());
        return connection.resumed();
    }

    /** Ends with code 0, and leaves the endpoint. */
    void disconnect() {
        connection.close(0, "test");
        await(ended);
    }

    /** Says HELLO, and gives what the relay answers. */
    Frame hello() {
        control.write(hello("test"));
        return control.next();
    }

    /** Says HELLO as the owner of a key, and proves it. */
    void prove(Identity identity) {
        control.write(new Frame.Hello("me", 0, identity.key().bytes(), ByteBuffer.allocate(0)));
        Frame.Welcome welcome = (Frame.Welcome) control.next();
        ProofStatement statement =
                new ProofStatement(
                        welcome.nonce(), relayKeyHash(), welcome.serviceName(), "qight/1", "me");
        control.write(new Frame.Prove(identity.sign(SignatureKind.PROVE, statement.bytes())));
        assertThat(control.next()).isEqualTo(new Frame.Proved());
    }

    static Frame.Hello hello(String id) {
        ByteBuffer none = ByteBuffer.allocate(0);
        return new Frame.Hello(id, 0, none, none);
    }

    /** The stream with id 0. */
    StreamingClientStream control() {
        return control;
    }

    /** One more stream. */
    StreamingClientStream open() {
        StreamingClientStream stream = new StreamingClientStream();
        connection
                .openStream(stream)
                .whenComplete((channel, failure) -> {
                    if (failure != null) {
                        stream.fail(failure);
                    }
                });
        return stream;
    }

    /** A SEND stream of an outbox, never used before. */
    StreamingClientStream openOutbox(Id outbox, long opening) {
        return open().write(new Frame.Outbox(outbox, opening, 600_000, 0, 0));
    }

    /** How the connection ended, once it has. */
    CompletableFuture<ConnectionEnd> ended() {
        return ended;
    }

    static Id randomId() {
        return new Id(RANDOM.nextLong(), RANDOM.nextLong());
    }

    static Frame.Send send(long number, String mailbox, String text) {
        return new Frame.Send(number, 0, envelope(mailbox, text));
    }

    static ByteBuf envelope(String mailbox, String text) {
        return envelope(mailbox, text.getBytes(UTF_8), 3_600_000);
    }

    static ByteBuf envelope(String mailbox, byte[] payload, long ttlMillis) {
        ByteBuf encoded =
                EnvelopeCodec.encode(
                        MessageEnvelope.builder()
                                .sender("alice")
                                .recipient(mailbox)
                                .ttlMillis(ttlMillis)
                                .payload(payload)
                                .build(),
                        UnpooledByteBufAllocator.DEFAULT);
        try {
            // A copy that nobody has to release.
            return Unpooled.copiedBuffer(encoded);
        } finally {
            encoded.release();
        }
    }

    /** Takes the socket away, so that the relay hears nothing more, not even a farewell. */
    void cutTheWire() {
        control.cutTheWire();
    }

    /** Ends with code 0. */
    @Override
    public void close() {
        disconnect();
        endpoint.close();
    }

    private static ConnectTarget target(Relay relay, InetSocketAddress address) {
        return target(relay.fingerprint(), address);
    }

    private static ConnectTarget target(String pin, InetSocketAddress address) {
        return new ConnectTarget(
                address.getHostString(),
                address.getPort(),
                Trust.fingerprint(pin),
                "qight/1",
                Duration.ofSeconds(10));
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
