package io.qight.client;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.qight.transport.ByteBudget;
import io.qight.transport.Connection;
import io.qight.transport.ConnectionEnd;
import io.qight.transport.ConnectionListener;
import io.qight.transport.ServerConfig;
import io.qight.transport.ServerEndpoint;
import io.qight.transport.StreamOutput;
import io.qight.transport.TlsIdentity;
import io.qight.transport.TransportSettings;
import io.qight.transport.Trust;
import io.qight.wire.Limits;
import io.qight.wire.MessageEnvelope;
import io.qight.wire.v1.ConnectionLimits;
import io.qight.wire.v1.EnvelopeCodec;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.FrameCodec;
import io.qight.wire.v1.ReceiptOutcome;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * A peer for tests of the client that speaks version 1's frames over the real transport. It says
 * WELCOME and answers SENDs by itself, as long as its script does not say otherwise; the frames of
 * FETCH streams a test answers by hand.
 */
final class ScriptedRelay implements AutoCloseable {
    /** What a script is asked for each frame; true if it has dealt with it. */
    interface Script extends BiFunction<Stream, Frame, Boolean> {}

    /** A program that is started for a test may need long for it on a busy machine. */
    private static final int PATIENCE_SECONDS = 60;

    /** Leaves all to the relay. */
    static final Script PLAIN = (stream, frame) -> false;

    private final TlsIdentity identity;
    private final ServerEndpoint endpoint;
    private final BlockingQueue<Got> got = new LinkedBlockingQueue<>();
    private final BlockingQueue<ConnectionEnd> ends = new LinkedBlockingQueue<>();
    final AtomicInteger connections = new AtomicInteger();
    private volatile Script script = PLAIN;
    volatile ConnectionLimits limits = limits(4_096, 16_777_216);

    /** A frame that has come, and where; empty for a stream's end. */
    record Got(Stream stream, Optional<Frame> frame) {}

    private ScriptedRelay(Path directory, String alpn, int port) {
        identity = TlsIdentity.development(directory);
        endpoint =
                ServerEndpoint.bind(
                        new ServerConfig(
                                new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
                                identity,
                                List.of(alpn),
                                TransportSettings.defaults().withEventLoops(1),
                                new ByteBudget(1 << 30, 1 << 30),
                                first -> alpn),
                        Session::new);
    }

    /** A relay on a free port, with its certificate in a directory. */
    static ScriptedRelay start(Path directory) {
        return new ScriptedRelay(directory, "qight/1", 0);
    }

    static ScriptedRelay start(Path directory, String alpn) {
        return new ScriptedRelay(directory, alpn, 0);
    }

    static ConnectionLimits limits(long sendEnvelopes, long sendBytes) {
        return new ConnectionLimits(
                Limits.ENVELOPE_BYTES_MAX,
                2_592_000_000L,
                sendEnvelopes,
                sendBytes,
                65_536,
                67_108_864,
                100_000,
                1_000,
                43_200_000,
                604_800_000,
                30_000);
    }

    String address() {
        return "127.0.0.1:" + endpoint.address().getPort();
    }

    Trust trust() {
        return Trust.fingerprint(identity.fingerprint());
    }

    /** What to ask for the frames that come from now on; on the event loop. */
    void script(Script next) {
        script = next;
    }

    /** The next frame of a type, on a FETCH stream or left by the script; others are dropped. */
    <F extends Frame> Of<F> next(Class<F> type) throws InterruptedException {
        while (true) {
            Got next =
                    required(
                            got.poll(PATIENCE_SECONDS, TimeUnit.SECONDS),
                            "no " + type.getSimpleName());
            if (next.frame.isPresent() && type.isInstance(next.frame.get())) {
                return new Of<>(next.stream, type.cast(next.frame.get()));
            }
        }
    }

    /** Waits for the next end of a FETCH stream's input. */
    Stream nextFin() throws InterruptedException {
        while (true) {
            Got next = required(got.poll(PATIENCE_SECONDS, TimeUnit.SECONDS), "no end of a stream");
            if (next.frame.isEmpty()) {
                return next.stream;
            }
        }
    }

    boolean quiet() {
        return got.isEmpty();
    }

    /** The next connection's end. */
    ConnectionEnd nextEnd() throws InterruptedException {
        return required(ends.poll(PATIENCE_SECONDS, TimeUnit.SECONDS), "no connection ended");
    }

    @Override
    public void close() {
        endpoint.close();
    }

    /** A frame of a type, and its stream. */
    record Of<F extends Frame>(Stream stream, F frame) {}

    static Frame deliver(long mailbox, long delivery, MessageEnvelope envelope) {
        ByteBuf encoded = EnvelopeCodec.encode(envelope, Unpooled.buffer().alloc());
        ByteBuf copy = Unpooled.copiedBuffer(encoded);
        encoded.release();
        return deliver(mailbox, delivery, copy);
    }

    static Frame deliver(long mailbox, long delivery, ByteBuf envelope) {
        return new Frame.Deliver(mailbox, delivery, 60_000, 1, 0, envelope);
    }

    private static <T> T required(@Nullable T value, String otherwise) {
        if (value == null) {
            throw new AssertionError(otherwise + " within " + PATIENCE_SECONDS + " s");
        }
        return value;
    }

    private final class Session implements ConnectionListener {
        private final Connection connection;

        Session(Connection connection) {
            this.connection = connection;
            connections.incrementAndGet();
        }

        @Override
        public ChannelHandler onStream(QuicStreamChannel stream) {
            return new Stream(connection, stream);
        }

        @Override
        public void onClosed(ConnectionEnd end) {
            ends.add(end);
        }
    }

    /** One stream of a client; its methods may be called from any thread. */
    final class Stream extends ByteToMessageDecoder {
        private final Connection connection;
        private final StreamOutput output;

        Stream(Connection connection, QuicStreamChannel stream) {
            this.connection = connection;
            this.output = StreamOutput.of(stream);
        }

        void write(Frame... frames) {
            ByteBuf bytes = Unpooled.buffer();
            for (Frame frame : frames) {
                FrameCodec.encode(frame, bytes);
            }
            run(() -> output.write(bytes));
        }

        void write(ByteBuf bytes) {
            run(() -> output.write(bytes));
        }

        void finish() {
            run(output::finish);
        }

        void reset(long code) {
            run(() -> output.abort(code));
        }

        void closeConnection(long code, String reason) {
            connection.close(code, reason);
        }

        void welcome() {
            write(
                    new Frame.Welcome(
                            "scripted",
                            "test",
                            0,
                            1,
                            ByteBuffer.allocate(Frame.Welcome.NONCE_BYTES),
                            limits));
        }

        @Override
        protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
            while (true) {
                Optional<FrameCodec.Head> head = FrameCodec.head(in, Limits.ENVELOPE_BYTES_MAX);
                if (head.isEmpty() || !FrameCodec.complete(head.get(), in)) {
                    return;
                }
                receive(copied(FrameCodec.decode(head.get(), in).orElseThrow()));
            }
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event)
                throws Exception {
            super.userEventTriggered(context, event);
            if (event instanceof ChannelInputShutdownReadComplete) {
                got.add(new Got(this, Optional.empty()));
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            // A reset: the channel goes inactive next.
        }

        private void receive(Frame frame) {
            if (script.apply(this, frame)) {
                return;
            }
            if (frame instanceof Frame.Hello) {
                welcome();
            } else if (frame instanceof Frame.Prove) {
                write(new Frame.Proved());
            } else if (frame instanceof Frame.Send send) {
                write(new Frame.Receipt(send.number(), 0, new ReceiptOutcome.Stored(1)));
            } else if (frame instanceof Frame.Ping ping) {
                write(new Frame.Pong(ping.opaque()));
            } else if (!(frame instanceof Frame.Outbox)) {
                got.add(new Got(this, Optional.of(frame)));
            }
        }

        /** Whatever is done on the event loop itself is done in order. */
        private void run(Runnable task) {
            if (connection.eventLoop().inEventLoop()) {
                task.run();
            } else {
                connection.eventLoop().execute(task);
            }
        }
    }

    /** Puts a frame where {@link #next} finds it. */
    boolean keep(Stream stream, Frame frame) {
        got.add(new Got(stream, Optional.of(frame)));
        return true;
    }

    private static Frame copied(Frame frame) {
        return frame instanceof Frame.Send send
                ? new Frame.Send(
                        send.number(), send.ageMillis(), Unpooled.copiedBuffer(send.envelope()))
                : frame;
    }
}
